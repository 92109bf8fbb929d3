// Chromium, as a person uses it: signs in, looks through a list, makes, changes, deletes and
// restores an opportunity, with JavaScript and without. What it saw is in the screenshots.
//
// Elements are found by what the pages promise: field API names as `name`, `#username`,
// `#password`, `[name=Login]`, `[name=delete]`, and links by where they lead.

import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { check, equal, finish, isTrue, variable } from "../lib/check.mjs";

const base = variable("CANDOR_URL").replace(/\/$/, "");
const username = variable("CANDOR_USERNAME");
const password = variable("CANDOR_PASSWORD");
const screenshots = variable("CANDOR_SCREENSHOTS");
const timeout = 15_000;

mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({
  executablePath: variable("CANDOR_CHROMIUM"),
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Never a proxy: everything is on the loopback.
    "--no-proxy-server",
  ],
});

/// A window with its own cookies, and what went wrong in it.
async function open(javaScriptEnabled) {
  const context = await browser.newContext({
    javaScriptEnabled,
    viewport: { width: 1280, height: 860 },
    locale: "en-US",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(timeout);
  const complaints = [];
  page.on("console", (it) => {
    if (it.type() === "error" || it.type() === "warning") complaints.push(it.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (it) => {
    if (it.status() >= 400) complaints.push(`${it.status()} ${it.url()}`);
  });
  page.on("dialog", (it) => it.accept());
  return { context, page, complaints };
}

const path = (page) => new URL(page.url()).pathname.replace(/\/$/, "") || "/";
const text = (page) => page.locator("body").innerText();

async function goto(page, where) {
  const response = await page.goto(base + where);
  isTrue(response.ok(), `${where} answers ${response.status()}`);
  return response;
}

async function signIn(page) {
  await goto(page, "/login");
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("[name=Login]");
  await page.waitForURL((url) => url.pathname !== "/login");
}

/// The form in which a record is made or changed.
const recordForm = (page) => page.locator("form", { has: page.locator("[name=Name]") });

async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const input = recordForm(page).locator(`[name="${name}"]`).last();
    const tag = await input.evaluate((it) => it.tagName);
    if (tag === "SELECT") await input.selectOption(value);
    else await input.fill(value);
  }
}

async function save(page) {
  const button = recordForm(page).locator("button[type=submit], button:not([type])");
  await button.last().click();
}

/// The texts of one column of the list, top to bottom.
async function column(page, label) {
  const heads = (await page.locator("table thead th").allInnerTexts()).map((it) => it.trim());
  const at = heads.findIndex((it) => it.toLowerCase().startsWith(label.toLowerCase()));
  isTrue(at !== -1, `no column ${label} in ${JSON.stringify(heads)}`);
  const cells = page.locator(`table tbody tr > :nth-child(${at + 1})`);
  return (await cells.allInnerTexts()).map((it) => it.trim());
}

async function clickHeading(page, label) {
  await page.locator("table thead th a", { hasText: label }).first().click();
  await page.waitForLoadState();
}

// Text sorts without case, by code points (docs/storage.md).
const folded = (value) => value.normalize("NFC").toLowerCase();
const sorted = (values) =>
  [...values].sort((a, b) => (folded(a) < folded(b) ? -1 : folded(a) > folded(b) ? 1 : 0));
const isSorted = (values) => JSON.stringify(values) === JSON.stringify(sorted(values));
const shoot = (page, name) =>
  page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });

// Signing in

await check("a page for who is signed in leads others to the login", async () => {
  const { context, page } = await open(true);
  await page.goto(`${base}/o/Opportunity`);
  equal(path(page), "/login", "path");
  await shoot(page, "01-login");
  await context.close();
});

await check("a wrong password is told, and signs nobody in", async () => {
  const { context, page } = await open(true);
  await goto(page, "/login");
  await page.fill("#username", username);
  await page.fill("#password", "wrong");
  await page.click("[name=Login]");
  await page.waitForLoadState();
  isTrue(await page.locator("#password").isVisible(), "the form is gone");
  await shoot(page, "02-login-refused");
  await page.goto(`${base}/`);
  equal(path(page), "/login", "path");
  await context.close();
});

const main = await check(
  "signs in and sees the home page",
  async () => {
    const window = await open(true);
    await signIn(window.page);
    equal(path(window.page), "/", "path");
    isTrue((await window.page.locator("a[href^='/o/']").count()) > 3, "no objects to go to");
    await shoot(window.page, "03-home");
    return window;
  },
  { required: true },
);
const { page, context, complaints } = main;

await check("the session cookie is HttpOnly and SameSite", async () => {
  const cookies = await context.cookies();
  isTrue(cookies.some((it) => it.httpOnly && it.sameSite === "Lax"), JSON.stringify(cookies));
  isTrue(cookies.every((it) => it.httpOnly || !/sid|session/i.test(it.name)), "a readable one");
});

await check("the content security policy is strict", async () => {
  const policy = (await goto(page, "/")).headers()["content-security-policy"] || "";
  isTrue(/default-src 'none'|default-src 'self'/.test(policy), `it is: ${policy}`);
  isTrue(!/unsafe-inline|unsafe-eval|\*/.test(policy), `it is: ${policy}`);
  isTrue(/frame-ancestors 'none'/.test(policy), `it is: ${policy}`);
});

// The list

await check("the list of opportunities sorts both ways", async () => {
  await goto(page, "/o/Opportunity");
  await shoot(page, "04-list");
  await clickHeading(page, "Name");
  const first = await column(page, "Opportunity Name").catch(() => column(page, "Name"));
  isTrue(first.length > 5, `${first.length} rows`);
  await clickHeading(page, "Name");
  const second = await column(page, "Opportunity Name").catch(() => column(page, "Name"));
  isTrue(first.join() !== second.join(), "the second click changes nothing");
  isTrue(
    isSorted(first) || isSorted([...first].reverse()),
    `the first order is ${first.slice(0, 5)}`,
  );
  isTrue(
    isSorted(second) || isSorted([...second].reverse()),
    `the second order is ${second.slice(0, 5)}`,
  );
  await shoot(page, "05-list-sorted");
});

await check("the list of accounts pages forth and back", async () => {
  await goto(page, "/o/Account");
  const first = await page.locator("table tbody tr").allInnerTexts();
  await page.locator("a[rel=next]").first().click();
  await page.waitForLoadState();
  const second = await page.locator("table tbody tr").allInnerTexts();
  isTrue(second.length > 0, "the second page is empty");
  isTrue(!second.some((row) => first.includes(row)), "a row is on both pages");
  await shoot(page, "06-list-second-page");
  await page.locator("a[rel=prev]").first().click();
  await page.waitForLoadState();
  equal(await page.locator("table tbody tr").allInnerTexts(), first, "the first page again");
});

await check("an account's page shows its details and related lists", async () => {
  await goto(page, "/o/Account");
  await page.locator("table tbody a[href^='/o/Account/']").first().click();
  await page.waitForURL(/\/o\/Account\/001\w+$/);
  isTrue((await page.locator("table, [role=table]").count()) > 0, "no related list");
  await shoot(page, "07-account");
});

await check("an object that does not exist is a page that says so", async () => {
  const response = await page.goto(`${base}/o/Nope__c`);
  equal(response.status(), 404, "status");
  isTrue((await text(page)).trim().length > 10, "the page is empty");
  await shoot(page, "08-not-found");
  complaints.length = 0;
});

await check("a form without its CSRF token is refused", async () => {
  const form = { Name: "forged", StageName: "Prospecting", CloseDate: "2031-05-31" };
  const response = await context.request.post(`${base}/o/Opportunity/new`, {
    form,
    maxRedirects: 0,
    headers: { Origin: base },
  });
  isTrue([400, 403].includes(response.status()), `status ${response.status()}`);
});

// One opportunity, from the cradle to the bin and back

/// Makes an opportunity by the form and returns where its page is.
async function create(page, name, shot) {
  await goto(page, "/o/Opportunity");
  await page.locator("a[href='/o/Opportunity/new']").first().click();
  await page.waitForURL(/\/o\/Opportunity\/new/);
  await fill(page, {
    Name: name,
    StageName: "Qualification",
    CloseDate: "2031-05-31",
    Amount: "12500.50",
  });
  await shoot(page, `${shot}-new`);
  await save(page);
  await page.waitForURL(/\/o\/Opportunity\/006\w+$/);
  const seen = await text(page);
  isTrue(seen.includes(name) && seen.includes("Qualification"), "the page lacks what was filled");
  isTrue(/12,500\.50/.test(seen), "the amount is not shown as money");
  await shoot(page, `${shot}-record`);
  return path(page);
}

async function edit(page, where, shot) {
  await goto(page, where);
  await page.locator(`a[href='${where}/edit']`).first().click();
  await page.waitForURL(/\/edit$/);
  equal(await recordForm(page).locator("[name=Amount]").inputValue(), "12500.50", "Amount");
  await shoot(page, `${shot}-edit`);
  await fill(page, { StageName: "Closed Won", Amount: "13000" });
  await save(page);
  await page.waitForURL(/\/o\/Opportunity\/006\w+$/);
  const seen = await text(page);
  isTrue(seen.includes("Closed Won") && /13,000/.test(seen), "the page lacks the change");
}

async function remove(page, where, shot) {
  await goto(page, where);
  await page.locator("[name=delete]").first().click();
  await page.waitForLoadState();
  isTrue(/deleted/i.test(await text(page)), "the page does not say so");
  isTrue(await page.getByRole("button", { name: /undo/i }).first().isVisible(), "no Undo");
  await shoot(page, `${shot}-deleted`);
}

async function isGone(page, where) {
  const response = await page.goto(base + where);
  equal(response.status(), 404, "status of the deleted record's page");
}

async function isBack(page, where, name) {
  await goto(page, where);
  isTrue((await text(page)).includes(name), "the restored page lacks the name");
}

const name = `Lakeside & "Söhne" <retrofit> ${Date.now()}`;

const where = await check("creates an opportunity", () => create(page, name, "10"));
await check("edits it", () => edit(page, where, "11"));

await check("what is wrong is told beside the form, which keeps what was typed", async () => {
  await goto(page, `${where}/edit`);
  // The browser's own check would hold the form back; the server's is the one that counts.
  await recordForm(page).evaluate((form) => (form.noValidate = true));
  await fill(page, { Name: "", Amount: "777" });
  await save(page);
  await page.waitForLoadState();
  equal(await recordForm(page).locator("[name=Amount]").inputValue(), "777", "Amount");
  isTrue(/required/i.test(await text(page)), "nothing says that a field is missing");
  await shoot(page, "12-edit-refused");
  complaints.splice(0, complaints.length, ...complaints.filter((it) => !/400|422/.test(it)));
});

await check("deletes it", () => remove(page, where, "13"));
await check("restores it from the recycle bin", async () => {
  await goto(page, "/recycle-bin");
  await shoot(page, "14-recycle-bin");
  const row = page.locator("tr", { hasText: name });
  isTrue((await row.count()) === 1, `${await row.count()} rows of it in the bin`);
  await row.locator("form button").first().click();
  await page.waitForLoadState();
  await isBack(page, where, name);
  await shoot(page, "15-restored");
});

await check("no page broke the policy or complained", () => equal(complaints, [], "complaints"));

await check("looks right on a phone", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await goto(page, where);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  isTrue(overflow <= 0, `the page is ${overflow} pixels too wide`);
  await shoot(page, "16-phone");
  await goto(page, "/o/Opportunity");
  await shoot(page, "17-phone-list");
});
await context.close();

// The same without JavaScript

await check("everything works without JavaScript", async () => {
  const { context, page } = await open(false);
  const name = `Without scripts ${Date.now()}`;
  await signIn(page);
  const where = await create(page, name, "20");
  await edit(page, where, "21");
  await remove(page, where, "22");
  await page.getByRole("button", { name: /undo/i }).first().click();
  await page.waitForLoadState();
  await isBack(page, where, name);
  await remove(page, where, "23");
  await isGone(page, where);
  await goto(page, "/recycle-bin");
  await page.locator("tr", { hasText: name }).locator("form button").first().click();
  await page.waitForLoadState();
  await isBack(page, where, name);
  await context.close();
});

await browser.close();
finish();
