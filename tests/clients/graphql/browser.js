// Opens the page at /gql in Chromium, types a query, runs it, looks at the documentation. Prints what was seen.
import puppeteer from "puppeteer-core";

const [executablePath, url, token, shot] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const page = await browser.newPage();
  const told = { asked: [], failed: [], complaints: [] };
  page.on("request", (request) => told.asked.push(request.url()));
  page.on("requestfailed", (request) => told.failed.push(request.url()));
  page.on("pageerror", (error) => told.complaints.push(String(error)));
  page.on("console", (line) => line.type() === "error" && told.complaints.push(line.text()));
  await page.setViewport({ width: 1200, height: 800 });
  await page.setExtraHTTPHeaders({ Authorization: `Bearer ${token}` });
  await page.goto(url, { waitUntil: "networkidle0" });
  const put = (selector, text) => page.$eval(selector, (node, value) => node.CodeMirror.setValue(value), text);
  await page.waitForSelector(".graphiql-query-editor .CodeMirror");
  await put(".graphiql-query-editor .CodeMirror", "{ writers { data { name books { title } } } }");
  await page.click(".graphiql-execute-button");
  await page.waitForFunction(() => document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes("data"));
  told.result = JSON.parse(await page.$eval(".result-window .CodeMirror", (node) => node.CodeMirror.getValue()));
  await page.click('button[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector(".graphiql-doc-explorer-content");
  told.documentation = await page.$eval(".graphiql-doc-explorer-content", (node) => node.innerText);
  if (shot) await page.screenshot({ path: shot });
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
