// Takes the pictures of the README, of a running demo: node screens.js /usr/bin/chromium http://127.0.0.1:8055 ../../../docs/images
import puppeteer from "puppeteer-core";

const [executablePath, base, folder] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"], protocolTimeout: 180_000 });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(180_000);
  await page.setViewport({ width: 1100, height: 640 });

  await page.goto(`${base}/server/docs/`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".opblock");
  await page.type("[name=project]", "demo");
  await page.type("[name=email]", "editor@example.com");
  await page.type("[name=password]", "demo");
  await page.click("#login button");
  const operation = '.opblock-get [data-path="/demo/items/albums"]';
  await page.waitForSelector(operation);
  await page.click(operation);
  await page.waitForSelector(".opblock-body .parameters");
  await page.$eval(operation, (node) => window.scrollBy(0, node.getBoundingClientRect().top - 150));
  await page.screenshot({ path: `${folder}/docs.png` });

  const login = JSON.stringify({ email: "admin@example.com", password: "demo" });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${base}/demo/auth/authenticate`, { method: "POST", headers, body: login });
  await page.setExtraHTTPHeaders({ Authorization: `Bearer ${(await answer.json()).data.token}` });
  await page.goto(`${base}/demo/gql`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".graphiql-query-editor .CodeMirror");
  const query = `{
  albums(limit: 2, filter: { title_contains: "rock" }) {
    data {
      title
      artist { name }
      tracks { name milliseconds }
    }
    meta { total_count result_count }
  }
}`;
  await page.$eval(".graphiql-query-editor .CodeMirror", (node, text) => node.CodeMirror.setValue(text), query);
  await page.click(".graphiql-execute-button");
  await page.waitForFunction(() => document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes("data"));
  await page.screenshot({ path: `${folder}/graphiql.png` });
} finally {
  await browser.close();
}
