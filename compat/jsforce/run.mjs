// jsforce as npm has it, against the demo org: logs in every way, reads, writes, fails.
//
// Nothing of the client is configured but the login URL, and the CA in the environment.

import jsforce from "jsforce";
import { check, equal, failure, finish, isTrue, variable } from "../lib/check.mjs";

const loginUrl = variable("CANDOR_API_URL");
const username = variable("CANDOR_USERNAME");
const password = variable("CANDOR_PASSWORD") + variable("CANDOR_TOKEN");
const oauth2 = {
  loginUrl,
  clientId: variable("CANDOR_CLIENT_ID"),
  clientSecret: variable("CANDOR_CLIENT_SECRET"),
};
// Marks what this run makes, so that queries find just that.
const run = `jsforce ${Date.now()}`;
const bulkSize = 2100;

const named = (label, n, rest = {}) =>
  Array.from({ length: n }, (_, i) => ({
    Name: `${run} ${label} ${String(i).padStart(5, "0")}`,
    ...rest,
  }));
const isId = (value, prefix) => new RegExp(`^${prefix}[0-9A-Za-z]{15}$`).test(value);
const count = async (on, where) =>
  (await on.query(`SELECT COUNT() FROM Account WHERE ${where}`)).totalSize;
const refused = async (code, call) => {
  const error = await failure(call);
  equal(error.errorCode, code, "errorCode");
  return error;
};

// Logins

const conn = await check(
  "SOAP login with user name, password and security token",
  async () => {
    const conn = new jsforce.Connection({ loginUrl });
    const user = await conn.login(username, password);
    isTrue(isId(user.id, "005") && isId(user.organizationId, "00D"), JSON.stringify(user));
    isTrue(/^00D\w{12,15}![.\w]+$/.test(conn.accessToken), conn.accessToken);
    equal(conn.instanceUrl, loginUrl, "instanceUrl");
    return conn;
  },
  { required: true },
);

await check("SOAP login with a wrong password is refused", async () => {
  const error = await failure(() =>
    new jsforce.Connection({ loginUrl }).login(username, "wrong"),
  );
  isTrue(error.message.startsWith("INVALID_LOGIN: "), error.message);
});

await check("OAuth 2.0 password grant", async () => {
  const other = new jsforce.Connection({ loginUrl, oauth2 });
  const user = await other.login(username, password);
  equal(user.organizationId, conn.userInfo.organizationId, "organization");
  equal((await other.query("SELECT Id FROM Account LIMIT 1")).records.length, 1, "rows");
});

await check("OAuth 2.0 client-credentials grant", async () => {
  const other = new jsforce.Connection({ loginUrl, oauth2 });
  const user = await other.authorize({ grant_type: "client_credentials" });
  isTrue(isId(user.id, "005"), user.id);
  equal((await other.query("SELECT Id FROM Account LIMIT 1")).records.length, 1, "rows");
});

await check("OAuth 2.0 with a wrong password: invalid_grant", async () => {
  const error = await failure(() =>
    new jsforce.Connection({ loginUrl, oauth2 }).login(username, "wrong"),
  );
  equal(error.name, "invalid_grant", "name");
});

await check("OAuth 2.0 refresh with an unknown token: invalid_grant", async () => {
  const error = await failure(() => new jsforce.OAuth2(oauth2).refreshToken("nothing"));
  equal(error.name, "invalid_grant", "name");
  equal(error.message, "expired access/refresh token", "message");
});

await check("access token and instance URL", async () => {
  const { accessToken, instanceUrl } = conn;
  const other = new jsforce.Connection({ accessToken, instanceUrl });
  equal((await other.query("SELECT Id FROM Account LIMIT 1")).records.length, 1, "rows");
  const identity = await other.identity();
  equal(identity.username, username, "username by the identity of the REST root");
});

await check("identity of the user", async () => {
  const identity = await conn.identity();
  equal(identity.user_id, conn.userInfo.id, "user_id");
  equal(identity.username, username, "username");
  equal(identity.active, true, "active");
  isTrue(identity.id.startsWith("https://"), identity.id);
  isTrue(identity.urls.rest.includes("{version}"), identity.urls.rest);
});

// Describe

await check("describe of the org, and of Account", async () => {
  const all = await conn.describeGlobal();
  isTrue(all.sobjects.some((it) => it.name === "Opportunity"), "no Opportunity");
  equal(all.maxBatchSize, 200, "maxBatchSize");
  const account = await conn.describe("Account");
  const field = (name) => account.fields.find((it) => it.name === name);
  equal(field("Name").type, "string", "type of Name");
  equal(field("OwnerId").referenceTo, ["User"], "referenceTo");
  isTrue(account.childRelationships.some((it) => it.relationshipName === "Contacts"), "Contacts");
  equal(account.sobjectDescribeOption, "FULL", "sobjectDescribeOption");
});

// One record

await check("create, retrieve, update and destroy one", async () => {
  const accounts = conn.sobject("Account");
  const made = await accounts.create({ Name: `${run} one`, Rating: "Hot", type: "Account" });
  isTrue(made.success && isId(made.id, "001"), JSON.stringify(made));
  equal((await accounts.retrieve(made.id)).Rating, "Hot", "Rating");
  const updated = await accounts.update({ Id: made.id, Rating: "Cold" });
  equal(updated, { id: made.id, success: true, errors: [] }, "result of update");
  equal((await accounts.record(made.id).retrieve()).Rating, "Cold", "Rating");
  equal((await accounts.destroy(made.id)).success, true, "success");
  await refused("NOT_FOUND", () => accounts.retrieve(made.id));
  await refused("ENTITY_IS_DELETED", () => accounts.destroy(made.id));
});

// Arrays

await check("create, retrieve, update and destroy 200, in order", async () => {
  const accounts = conn.sobject("Account");
  const records = named("many", 200);
  const made = await accounts.create(records, { allOrNone: true });
  isTrue(made.every((it) => it.success), "some failed");
  const ids = made.map((it) => it.id);
  const found = await accounts.retrieve(ids, { fields: ["Id", "Name"] });
  equal(found.map((it) => it.Name), records.map((it) => it.Name), "names");
  const changed = await accounts.update(ids.map((Id) => ({ Id, Rating: "Warm" })));
  equal(changed.map((it) => it.id), ids, "updated");
  equal(await count(conn, `Rating = 'Warm' AND Name LIKE '${run} many %'`), 200, "changed");
  const gone = await accounts.destroy(ids);
  equal(gone.map((it) => it.id), ids, "destroyed");
  equal(await count(conn, `Name LIKE '${run} many %'`), 0, "left");
});

await check("retrieve gives null for an unknown id", async () => {
  const [known] = (await conn.query("SELECT Id FROM Account LIMIT 1")).records;
  const ids = ["001000000000000AAA", known.Id];
  const found = await conn.sobject("Account").retrieve(ids, { fields: ["Id"] });
  equal(found.map((it) => it && it.Id), [null, known.Id], "records");
});

const withOneBad = (label) => named(label, 200).map((it, i) => (i === 7 ? { Site: "x" } : it));

await check("200 records with allOrNone false: one fails, the others are saved", async () => {
  const made = await conn.create("Account", withOneBad("some"), { allOrNone: false });
  equal(made.map((it, i) => (it.success ? -1 : i)).filter((i) => i !== -1), [7], "failed");
  equal(made[7].errors[0].statusCode, "REQUIRED_FIELD_MISSING", "statusCode");
  equal(made[7].errors[0].fields, ["Name"], "fields");
  equal(await count(conn, `Name LIKE '${run} some %'`), 199, "saved");
});

await check("200 records with allOrNone true: one fails, none is saved", async () => {
  const made = await conn.create("Account", withOneBad("none"), { allOrNone: true });
  isTrue(made.every((it) => !it.success), "one claims success");
  equal(made[7].errors[0].statusCode, "REQUIRED_FIELD_MISSING", "statusCode");
  equal(made[8].errors[0].statusCode, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "statusCode");
  equal(await count(conn, `Name LIKE '${run} none %'`), 0, "saved");
});

await check("destroy with allOrNone true is undone by an unknown id", async () => {
  const [made] = await conn.create("Account", named("kept", 1));
  const ids = [made.id, "001000000000000AAA"];
  const gone = await conn.destroy("Account", ids, { allOrNone: true });
  equal(gone.map((it) => it.success), [false, false], "successes");
  equal(await count(conn, `Id = '${made.id}'`), 1, "left");
});

// External ids

const sample = async (field) => {
  switch (field.type) {
    case "picklist":
    case "multipicklist":
      return field.picklistValues.find((it) => it.active).value;
    case "reference": {
      const { records } = await conn.query(`SELECT Id FROM ${field.referenceTo[0]} LIMIT 1`);
      return records[0].Id;
    }
    case "int":
    case "double":
    case "currency":
    case "percent":
      return 1;
    case "boolean":
      return false;
    case "date":
      return "2030-01-31";
    case "datetime":
      return "2030-01-31T12:00:00.000Z";
    default:
      return "compat";
  }
};

const external = await check("an object with an external id is described", async () => {
  for (const { name, createable, deletable } of (await conn.describeGlobal()).sobjects) {
    if (!createable || !deletable) continue;
    const { fields } = await conn.describe$(name);
    const key = fields.find((it) => it.externalId && it.createable && it.type === "string");
    if (!key) continue;
    const required = {};
    for (const it of fields) {
      if (it !== key && it.createable && !it.nillable && !it.defaultedOnCreate) {
        required[it.name] = await sample(it);
      }
    }
    return { name, key: key.name, required };
  }
  throw new Error("no object of the demo org has an external id");
});

await check("upsert one: created, then not", async () => {
  const { name, key, required } = external;
  const record = { ...required, [key]: `${Date.now()}` };
  const first = await conn.sobject(name).upsert(record, key);
  equal([first.success, first.created], [true, true], "first");
  const second = await conn.sobject(name).upsert(record, key);
  equal([second.success, second.created, second.id], [true, false, first.id], "second");
});

await check("upsert an array: created and updated, in order", async () => {
  const { name, key, required } = external;
  const record = (n) => ({ ...required, [key]: `${run} ${n}` });
  const first = await conn.sobject(name).upsert([record(1), record(2)], key);
  equal(first.map((it) => [it.success, it.created]), [[true, true], [true, true]], "at first");
  const second = await conn.sobject(name).upsert([record(3), record(2), record(1)], key);
  equal(
    second.map((it) => [it.success, it.created]),
    [[true, true], [true, false], [true, false]],
    "at second",
  );
  equal([second[2].id, second[1].id], first.map((it) => it.id), "ids");
});

// Queries

await check("query with relationships, up and down", async () => {
  const account = await conn.create("Account", { Name: `${run} family` });
  await conn.create("Contact", [
    { FirstName: "Ada", LastName: "Lovelace", AccountId: account.id },
    { FirstName: "Alan", LastName: "Turing", AccountId: account.id },
  ]);
  const up = await conn.query(
    `SELECT Name, Account.Name, Account.Owner.Username FROM Contact
     WHERE AccountId = '${account.id}' ORDER BY LastName DESC`,
  );
  equal(up.records.map((it) => it.Name), ["Alan Turing", "Ada Lovelace"], "names");
  equal(up.records[0].Account.Name, `${run} family`, "name of the parent");
  equal(up.records[0].Account.Owner.Username, username, "owner of the parent");
  const down = await conn.query(
    `SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName), (SELECT Id FROM Cases)
     FROM Account WHERE Id = '${account.id}'`,
  );
  const [found] = down.records;
  equal(found.Contacts.records.map((it) => it.LastName), ["Lovelace", "Turing"], "children");
  equal(found.Cases, null, "an empty child set");
});

await check("find with conditions, sort, limit and skip", async () => {
  await conn.create("Account", [
    { Name: `${run} find a`, AnnualRevenue: 10 },
    { Name: `${run} find b`, AnnualRevenue: 20.5 },
    { Name: `${run} find c` },
  ]);
  const find = (conditions) =>
    conn.sobject("Account").find({ Name: { $like: `${run} find %` }, ...conditions }, "Id, Name");
  const letters = (records) => records.map((it) => it.Name.at(-1)).join("");
  equal(letters(await find({}).sort("-Name")), "cba");
  equal(letters(await find({}).sort({ Name: 1 }).limit(1).skip(1)), "b");
  equal(letters(await find({ AnnualRevenue: { $gte: 20.5 } })), "b");
  equal(letters(await find({ AnnualRevenue: { $exists: false } })), "c");
  const exact = { Name: { $in: [`${run} find a`, `${run} FIND B`] } };
  equal(letters(await find(exact).sort("Name")), "ab");
  equal(letters(await find({ CreatedDate: jsforce.Date.TODAY }).sort("Name")), "abc");
  equal(letters(await find({ CreatedDate: { $lt: jsforce.Date.TODAY } })), "");
  equal(await conn.sobject("Account").count({ Name: { $like: `${run} find %` } }), 3, "count");
});

await check("find with every field, and with children", async () => {
  const [record] = await conn
    .sobject("Account")
    .find({ Name: `${run} family` }, "*")
    .include("Contacts")
    .select("Id, LastName")
    .end();
  equal(record.Name, `${run} family`, "Name");
  isTrue("SystemModstamp" in record && "BillingAddress" in record, Object.keys(record).join());
  equal(record.Contacts.totalSize, 2, "children");
});

// More than one page

// Repeats a search until it finds something: after much was saved, the index follows soon.
async function indexed(search) {
  const end = Date.now() + 10_000;
  for (;;) {
    const result = await search();
    if (result.searchRecords.length > 0 || end < Date.now()) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await check("search finds what was just saved, without case and accents", async () => {
  const name = `${run} Söhne`;
  const { id } = await conn.sobject("Account").create({ Name: name });
  const sosl = `FIND {"${run}" SOHN*} IN NAME FIELDS RETURNING Contact(Id), Account(Id, Name)`;
  const { searchRecords } = await indexed(() => conn.search(sosl));
  equal(searchRecords.length, 1, "records");
  equal(searchRecords[0].attributes.type, "Account", "type");
  equal(searchRecords[0].Id, id, "id");
  equal(searchRecords[0].Name, name, "name");
  await conn.sobject("Account").destroy(id);
  equal((await conn.search(sosl)).searchRecords, [], "records when it is deleted");
  await refused("MALFORMED_SEARCH", () => conn.search("FIND nothing"));
});

await check(`${bulkSize} accounts are created by collections`, async () => {
  const records = named("bulk", bulkSize, { Site: run });
  const made = await conn.create("Account", records, { allowRecursive: true, allOrNone: true });
  equal(made.filter((it) => it.success).length, bulkSize, "created");
});

const bulkQuery = `SELECT Id, Name FROM Account WHERE Site = '${run}' ORDER BY Name`;

await check("query, then queryMore", async () => {
  const first = await conn.query(bulkQuery);
  equal([first.totalSize, first.done, first.records.length], [bulkSize, false, 2000], "first");
  const second = await conn.queryMore(first.nextRecordsUrl);
  equal([second.totalSize, second.done], [bulkSize, true], "second");
  equal(second.records.length, bulkSize - 2000, "rows of the second");
  const ids = new Set([...first.records, ...second.records].map((it) => it.Id));
  equal(ids.size, bulkSize, "ids");
});

await check("autoFetch follows all pages", async () => {
  const all = await conn.query(bulkQuery, { autoFetch: true, maxFetch: 10000 });
  equal(all.records.length, bulkSize, "rows");
  equal(all.records.at(-1).Name, `${run} bulk ${String(bulkSize - 1).padStart(5, "0")}`, "last");
});

await check("a stream of records follows all pages", async () => {
  let n = 0;
  await new Promise((resolve, reject) => {
    const query = conn.query(bulkQuery);
    query.on("record", () => (n += 1));
    query.on("end", resolve);
    query.on("error", reject);
    query.run({ autoFetch: true, maxFetch: 10000 });
  });
  equal(n, bulkSize, "rows");
});

await check("queryAll by scanAll sees the deleted", async () => {
  const query = `SELECT Id FROM Account WHERE Name LIKE '${run} many %' AND IsDeleted = true`;
  equal((await conn.query(query)).totalSize, 0, "rows of query");
  equal((await conn.query(query, { scanAll: true })).totalSize, 200, "rows of queryAll");
});

// Refusals

await check("errors carry the platform's codes", async () => {
  const accounts = conn.sobject("Account");
  await refused("INVALID_FIELD", () => conn.query("SELECT Nope__c FROM Account"));
  await refused("MALFORMED_QUERY", () => conn.query("SELECT Id FROM Account WHERE"));
  await refused("INVALID_TYPE", () => conn.query("SELECT Id FROM Nope__c"));
  await refused("NOT_FOUND", () => conn.describe("Nope__c"));
  await refused("NOT_FOUND", () => accounts.retrieve("001000000000000AAA"));
  await refused("INVALID_FIELD", () => accounts.create({ Name: "x", Nope__c: 1 }));
  const missing = await refused("REQUIRED_FIELD_MISSING", () => accounts.create({ Site: "x" }));
  equal(missing.data.fields, ["Name"], "fields");
  await refused("INVALID_QUERY_LOCATOR", () => conn.queryMore("01g000000000000AAA-2000"));
});

// The session

await check("limits and the use of the API", async () => {
  isTrue(0 < (await conn.limits()).DailyApiRequests.Remaining, "limit");
  isTrue(0 < conn.limitInfo.apiUsage.limit, JSON.stringify(conn.limitInfo));
});

await check("the client logs in again by itself when its session has expired", async () => {
  const other = new jsforce.Connection({ loginUrl });
  await other.login(username, password);
  other.accessToken = "00D000000000001!expired";
  equal((await other.query("SELECT Id FROM Account LIMIT 1")).records.length, 1, "rows");
});

const ended = async (name, config, signIn) =>
  check(name, async () => {
    const other = new jsforce.Connection(config);
    await signIn(other);
    const { accessToken, instanceUrl } = other;
    await other.logout();
    const after = new jsforce.Connection({ accessToken, instanceUrl });
    const error = await refused("INVALID_SESSION_ID", () => after.query("SELECT Id FROM User"));
    equal(error.message, "Session expired or invalid", "message");
  });

await ended("SOAP logout ends the session", { loginUrl }, (it) => it.login(username, password));
await ended("OAuth revoke ends the session", { loginUrl, oauth2 }, (it) =>
  it.authorize({ grant_type: "client_credentials" }),
);

await check("the session of this run still stands, and ends", async () => {
  equal(await count(conn, "Id = null"), 0, "rows");
  await conn.logout();
});

finish();
