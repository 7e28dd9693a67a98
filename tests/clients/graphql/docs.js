// Opens the documentation page in Chromium, logs in to a project, tries a request. Prints what was seen.
import puppeteer from "puppeteer-core";

const [executablePath, url, project, email, password, path] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const page = await browser.newPage();
  const told = { asked: [], complaints: [] };
  page.on("request", (request) => told.asked.push(request.url()));
  page.on("pageerror", (error) => told.complaints.push(String(error)));
  page.on("console", (line) => line.type() === "error" && told.complaints.push(line.text()));
  await page.setViewport({ width: 1200, height: 1000 });
  await page.goto(url, { waitUntil: "networkidle0" });
  await page.waitForSelector(".opblock");
  told.fixed = await page.$$eval(".opblock-summary-path", (nodes) => nodes.map((node) => node.dataset.path));
  await page.type("[name=project]", project);
  await page.type("[name=email]", email);
  await page.type("[name=password]", password);
  await page.click("#login button");
  await page.waitForFunction(() => document.querySelector("#login output").value !== "");
  told.login = await page.$eval("#login output", (node) => node.value);
  const operation = `.opblock-get [data-path="${path}"]`;
  await page.waitForSelector(operation);
  await page.click(operation);
  await page.waitForSelector(".try-out__btn");
  await page.click(".try-out__btn");
  await page.waitForSelector(".execute");
  await page.click(".execute");
  await page.waitForSelector(".live-responses-table .response-col_status");
  told.status = await page.$eval(".live-responses-table .response .response-col_status", (node) => node.innerText.trim());
  told.answer = await page.$eval(".live-responses-table .response .response-col_description", (node) => node.innerText);
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
