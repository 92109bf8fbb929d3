"""simple-salesforce as PyPI has it, against the demo org: logs in every way, reads, writes, fails.

Nothing of the client is configured but what its users configure: the domain, which carries our
host and port in front of the `.salesforce.com` that the client appends, and the CA in the
environment.
"""

import os
import re
import time
from urllib.parse import urlparse

import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from checks import check, equal, finish, true

API_URL = os.environ["CANDOR_API_URL"]
USERNAME = os.environ["CANDOR_USERNAME"]
PASSWORD = os.environ["CANDOR_PASSWORD"]
TOKEN = os.environ["CANDOR_TOKEN"]
CLIENT = {
    "consumer_key": os.environ["CANDOR_CLIENT_ID"],
    "consumer_secret": os.environ["CANDOR_CLIENT_SECRET"],
}
HOST = urlparse(API_URL).netloc
DOMAIN = f"{HOST}/my"
# Marks what this run makes, so that queries find just that.
RUN = f"compat {int(time.time())}"
N_BULK = 2100


def refused(error_class, code, call):
    """Runs a call that must fail with exactly one error of this class and code."""
    try:
        result = call()
    except error_class as error:
        content = error.content
        true(isinstance(content, list), f"the error is not an array: {content!r}")
        equal(len(content), 1, f"number of errors in {content!r}")
        equal(content[0]["errorCode"], code, f"errorCode of {content!r}")
        true(content[0]["message"], "the error has no message")
        return content[0]
    raise AssertionError(f"expected {code}, got {str(result)[:200]}")


def names(result):
    """The names of a query's records, in order."""
    return [record["Name"] for record in result["records"]]


def is_id(value, prefix):
    """Whether the value is an 18-character id of the object with this key prefix."""
    return re.fullmatch(prefix + r"[0-9A-Za-z]{15}", value) is not None


def login_refused(code, **arguments):
    """Runs a login that must fail with this code, and returns its message."""
    try:
        Salesforce(domain=DOMAIN, **arguments)
    except SalesforceAuthenticationFailed as error:
        equal(error.code, code, "code")
        return error.auth_message
    raise AssertionError(f"expected {code}")


# Versions and logins


@check("versions are listed without a login")
def _():
    response = requests.get(f"{API_URL}/services/data/", timeout=30)
    equal(response.status_code, 200, "status")
    versions = response.json()
    found = [entry["version"] for entry in versions]
    equal(found, sorted(found, key=float), "order of versions")
    true("59.0" in found and "26.0" in found, f"versions are {found}")
    true(all(re.fullmatch(r"[1-9]\d\.0", version) for version in found), f"{found}")
    true(all(entry["url"] == f"/services/data/v{entry['version']}" for entry in versions), "url")


@check("SOAP login with user name, password and security token", required=True)
def sf():
    session = Salesforce(
        username=USERNAME, password=PASSWORD, security_token=TOKEN, domain=DOMAIN
    )
    true(re.fullmatch(r"00D\w{12,15}![.\w]+", session.session_id), session.session_id)
    equal(session.sf_instance, HOST, "instance")
    return session


@check("SOAP login with a wrong password: INVALID_LOGIN")
def _():
    message = login_refused(
        "INVALID_LOGIN", username=USERNAME, password="wrong", security_token=TOKEN
    )
    true(message.startswith("Invalid username, password, security token"), message)


@check("session id and instance")
def _():
    session = Salesforce(session_id=sf.session_id, instance=HOST)
    equal(session.query("SELECT Id FROM Account LIMIT 1")["totalSize"], 1, "totalSize")


@check("session id and instance URL")
def _():
    session = Salesforce(session_id=sf.session_id, instance_url=API_URL)
    equal(session.query("SELECT COUNT() FROM User")["records"], [], "records")


@check("OAuth password grant")
def _():
    session = Salesforce(username=USERNAME, password=PASSWORD + TOKEN, domain=DOMAIN, **CLIENT)
    equal(session.sf_instance, HOST, "instance")
    true(session.query("SELECT Id FROM Account LIMIT 1")["records"], "no records")


@check("OAuth client-credentials grant")
def _():
    session = Salesforce(domain=DOMAIN, **CLIENT)
    true(session.query("SELECT Id FROM Account LIMIT 1")["records"], "no records")


@check("OAuth with a wrong password: invalid_grant")
def _():
    message = login_refused("invalid_grant", username=USERNAME, password="wrong", **CLIENT)
    equal(message, "authentication failure", "error_description")


@check("OAuth with a wrong secret: invalid_client")
def _():
    wrong = {**CLIENT, "consumer_secret": "wrong"}
    message = login_refused("invalid_client", **wrong)
    equal(message, "invalid client credentials", "error_description")


@check("OAuth with an unknown client: invalid_client_id")
def _():
    wrong = {**CLIENT, "consumer_key": "nobody"}
    login_refused("invalid_client_id", username=USERNAME, password=PASSWORD, **wrong)


@check("API version 26.0 and 67.0 are spoken, 99.0 is not")
def _():
    for version in ("26.0", "67.0"):
        session = Salesforce(session_id=sf.session_id, instance=HOST, version=version)
        record = session.query("SELECT Id FROM Account LIMIT 1")["records"][0]
        true(f"/v{version}/" in record["attributes"]["url"], record["attributes"]["url"])
    session = Salesforce(session_id=sf.session_id, instance=HOST, version="99.0")
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: session.query("SELECT Id FROM User"))


# Describe


@check("describe of the org lists its objects")
def _():
    result = sf.describe()
    equal(result["encoding"], "UTF-8", "encoding")
    equal(result["maxBatchSize"], 200, "maxBatchSize")
    objects = {entry["name"]: entry for entry in result["sobjects"]}
    for name in ("Account", "Contact", "Lead", "Opportunity", "Case", "Task", "User"):
        true(name in objects, f"{name} is missing")
    account = objects["Account"]
    equal(account["keyPrefix"], "001", "keyPrefix")
    equal(account["labelPlural"], "Accounts", "labelPlural")
    equal(account["urls"]["rowTemplate"], "/services/data/v59.0/sobjects/Account/{ID}", "url")
    true(account["createable"] and account["queryable"] and not account["custom"], "flags")


@check("describe of Account has fields, children and record types")
def _():
    result = sf.Account.describe()
    fields = {field["name"]: field for field in result["fields"]}
    equal(fields["Id"]["type"], "id", "type of Id")
    equal(fields["Name"]["length"], 255, "length of Name")
    equal(fields["Name"]["byteLength"], 765, "byteLength of Name")
    true(fields["Name"]["createable"] and not fields["Name"]["nillable"], "Name is required")
    equal(fields["ParentId"]["referenceTo"], ["Account"], "referenceTo")
    equal(fields["ParentId"]["relationshipName"], "Parent", "relationshipName")
    equal(fields["AnnualRevenue"]["soapType"], "xsd:double", "soapType")
    equal(fields["SystemModstamp"]["type"], "datetime", "type of SystemModstamp")
    values = [value["value"] for value in fields["Rating"]["picklistValues"]]
    equal(values, ["Hot", "Warm", "Cold"], "values of Rating")
    children = {child["relationshipName"]: child for child in result["childRelationships"]}
    equal(children["Contacts"]["childSObject"], "Contact", "child of Contacts")
    equal(children["Contacts"]["field"], "AccountId", "field of Contacts")
    true(any(info["master"] for info in result["recordTypeInfos"]), "no master record type")


@check("basic information of an object")
def _():
    result = sf.Contact.metadata()
    equal(result["objectDescribe"]["keyPrefix"], "003", "keyPrefix")
    true(isinstance(result["recentItems"], list), "recentItems")


# One record


@check("create an account", required=True)
def account_id():
    result = sf.Account.create(
        {
            "Name": f"{RUN} Ärzte & Söhne",
            "Industry": "Energy",
            "AnnualRevenue": 1234567,
            "NumberOfEmployees": "12",
            "BillingCity": "Zürich",
            "Description": "",
        }
    )
    true(result["success"] and result["errors"] == [], f"{result}")
    true(is_id(result["id"], "001"), result["id"])
    return result["id"]


@check("get it back, every field typed")
def _():
    record = sf.Account.get(account_id)
    equal(record["attributes"]["type"], "Account", "type")
    equal(record["Name"], f"{RUN} Ärzte & Söhne", "Name")
    equal(record["AnnualRevenue"], 1234567, "AnnualRevenue")
    equal(record["NumberOfEmployees"], 12, "NumberOfEmployees")
    equal(record["Description"], None, "an empty text")
    equal(record["IsDeleted"], False, "IsDeleted")
    equal(record["BillingAddress"]["city"], "Zürich", "city of the compound address")
    true(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", record["CreatedDate"]),
        record["CreatedDate"],
    )
    true(is_id(record["OwnerId"], "005"), record["OwnerId"])


@check("get it by its 15-character id, with chosen fields")
def _():
    record = sf.Account.get(account_id[:15], params={"fields": "name,industry"})
    equal(list(record), ["attributes", "Name", "Industry"], "keys")


@check("update it")
def _():
    equal(sf.Account.update(account_id, {"Industry": "Banking", "Rating": None}), 204, "status")
    record = sf.Account.get(account_id)
    equal(record["Industry"], "Banking", "Industry")


@check("an update of nothing's business is refused: INVALID_FIELD for Id")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "INVALID_FIELD",
        lambda: sf.Account.update(account_id, {"Id": account_id}),
    )
    true("Id field should not be specified" in error["message"], error["message"])


@check("a system field cannot be written: INVALID_FIELD_FOR_INSERT_UPDATE")
def _():
    refused(
        SalesforceMalformedRequest,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        lambda: sf.Account.update(account_id, {"CreatedDate": "2020-01-01T00:00:00Z"}),
    )


# External ids


def sample(field):
    """A value that a required field accepts."""
    kind = field["type"]
    if kind in ("picklist", "multipicklist"):
        return next(value["value"] for value in field["picklistValues"] if value["active"])
    if kind == "reference":
        target = field["referenceTo"][0]
        return sf.query(f"SELECT Id FROM {target} LIMIT 1")["records"][0]["Id"]
    if kind in ("int", "double", "currency", "percent"):
        return 1
    if kind == "boolean":
        return False
    if kind == "date":
        return "2030-01-31"
    if kind == "datetime":
        return "2030-01-31T12:00:00Z"
    return "compat"


def find_external_id():
    """The first object that has a text field marked as external id, and what else it requires."""
    for entry in sf.describe()["sobjects"]:
        if not (entry["createable"] and entry["queryable"] and entry["deletable"]):
            continue
        fields = getattr(sf, entry["name"]).describe()["fields"]
        for field in fields:
            if field["externalId"] and field["createable"] and field["type"] == "string":
                required = {
                    other["name"]: sample(other)
                    for other in fields
                    if other["createable"]
                    and not other["nillable"]
                    and not other["defaultedOnCreate"]
                    and other["name"] != field["name"]
                }
                return entry["name"], field["name"], required
    raise AssertionError("no object of the demo org has an external id")


@check("an object with an external id is described")
def external():
    return find_external_id()


@check("upsert by external id creates, then updates")
def _():
    name, field, required = external
    objects = getattr(sf, name)
    path = f"{field}/{int(time.time())}-a"
    first = objects.upsert(path, required, raw_response=True)
    equal(first.status_code, 201, "status of the first")
    true(first.json()["created"] and first.json()["success"], first.text)
    second = objects.upsert(path, required, raw_response=True)
    equal(second.status_code, 200, "status of the second")
    equal(second.json()["created"], False, "created")
    equal(second.json()["id"], first.json()["id"], "id")


@check("get and delete by external id, with blanks and signs in the value")
def _():
    name, field, required = external
    objects = getattr(sf, name)
    value = f"{int(time.time())} b&c"
    objects.create({**required, field: value})
    record = objects.get_by_custom_id(field, value)
    equal(record[field], value, field)
    equal(objects.delete(record["Id"]), 204, "status")
    refused(
        SalesforceResourceNotFound, "NOT_FOUND", lambda: objects.get_by_custom_id(field, value)
    )


@check("an unknown external id field: NOT_FOUND")
def _():
    refused(
        SalesforceResourceNotFound,
        "NOT_FOUND",
        lambda: sf.Account.get_by_custom_id("Nope__c", "1"),
    )


# Queries


@check("contacts of the account are created")
def contact_ids():
    ids = []
    for first, last in (("Ada", "Lovelace"), ("Grace", "Hopper"), ("Alan", "Turing")):
        data = {"FirstName": first, "LastName": last, "AccountId": account_id}
        ids.append(sf.Contact.create(data)["id"])
    return ids


@check("query with parent paths")
def _():
    result = sf.query(
        "SELECT Id, Name, Account.Name, Account.Owner.Username FROM Contact"
        f" WHERE AccountId = '{account_id}' ORDER BY LastName"
    )
    equal(names(result), ["Grace Hopper", "Ada Lovelace", "Alan Turing"], "names")
    contact = result["records"][0]
    equal(contact["attributes"]["type"], "Contact", "type")
    equal(contact["Account"]["attributes"]["type"], "Account", "type of the parent")
    equal(contact["Account"]["Name"], f"{RUN} Ärzte & Söhne", "name of the parent")
    equal(contact["Account"]["Owner"]["Username"], USERNAME, "owner of the parent")


def indexed(search):
    """Repeats a search until it finds something: after much was saved, the index follows soon."""
    end = time.monotonic() + 10
    while True:
        result = search()
        if result["searchRecords"] or end < time.monotonic():
            return result
        time.sleep(0.1)


@check("search finds what was just saved, without case and accents")
def _():
    sosl = f'FIND {{"{RUN}" arzte}} IN NAME FIELDS RETURNING Account(Id, Name)'
    result = indexed(lambda: sf.search(sosl))
    account = result["searchRecords"][0]
    equal(account["attributes"]["type"], "Account", "type")
    equal(account["Id"], account_id, "id")
    equal(account["Name"], f"{RUN} Ärzte & Söhne", "name")
    equal(len(result["searchRecords"]), 1, "records")


@check("quick_search finds in every object; nothing is an empty list")
def _():
    found = indexed(lambda: sf.quick_search(f'"{RUN}"'))["searchRecords"]
    true(account_id in [record["Id"] for record in found], "the account")
    equal(sf.quick_search("no such word anywhere")["searchRecords"], [], "records")


@check("search without a term: MALFORMED_SEARCH")
def _():
    refused(SalesforceMalformedRequest, "MALFORMED_SEARCH", lambda: sf.search("FIND nothing"))


@check("query with a child subquery, null where there are none")
def _():
    result = sf.query(
        "SELECT Name, (SELECT Id, LastName FROM Contacts ORDER BY LastName LIMIT 2),"
        f" (SELECT Id FROM Cases) FROM Account WHERE Id = '{account_id[:15]}'"
    )
    account = result["records"][0]
    equal(account["Contacts"]["totalSize"], 2, "totalSize")
    equal(account["Contacts"]["done"], True, "done")
    equal([it["LastName"] for it in account["Contacts"]["records"]], ["Hopper", "Lovelace"])
    equal(account["Cases"], None, "an empty child set")


@check("a missing parent is null")
def _():
    contact = sf.Contact.create({"LastName": f"{RUN} alone"})["id"]
    record = sf.query(f"SELECT Account.Name FROM Contact WHERE Id = '{contact}'")["records"][0]
    equal(record["Account"], None, "Account")


@check("names in queries are case-insensitive, keys are canonical and in order")
def _():
    record = sf.query("select naMe, iD from aCCount limit 1")["records"][0]
    equal(list(record), ["attributes", "Name", "Id"], "keys")


@check("text compares without case, LIKE and lists select")
def _():
    mine = f"AccountId = '{account_id}'"
    for condition, expected in (
        ("LastName = 'HOPPER'", 1),
        ("LastName LIKE '%o%'", 2),
        ("LastName LIKE 'L_velace'", 1),
        ("LastName IN ('Turing', 'hopper', 'Nobody')", 2),
        ("LastName NOT IN ('Turing')", 2),
        ("NOT LastName = 'Turing'", 2),
        ("(FirstName = 'Ada' OR FirstName = 'Alan')", 2),
        ("Email = null", 3),
        ("AccountId IN (SELECT Id FROM Account WHERE Industry = 'Banking')", 3),
        ("AccountId NOT IN (SELECT Id FROM Account WHERE Industry = 'Banking')", 0),
    ):
        found = sf.query(f"SELECT COUNT() FROM Contact WHERE {mine} AND {condition}")
        equal(found["totalSize"], expected, condition)


@check("numbers, ORDER BY with NULLS, LIMIT and OFFSET")
def _():
    for name, revenue in (("b", 20), ("a", 10.5), ("c", None), ("d", 30)):
        sf.Account.create({"Name": f"{RUN} order {name}", "AnnualRevenue": revenue})
    query = f"SELECT Name, AnnualRevenue FROM Account WHERE Name LIKE '{RUN} order %' "

    def last_letters(tail):
        return "".join(name[-1] for name in names(sf.query(query + tail)))

    equal(last_letters("ORDER BY AnnualRevenue"), "cabd")
    equal(last_letters("ORDER BY AnnualRevenue DESC NULLS FIRST"), "cdba")
    equal(last_letters("ORDER BY AnnualRevenue ASC NULLS LAST"), "abdc")
    equal(last_letters("ORDER BY Name DESC LIMIT 2 OFFSET 1"), "cb")
    equal(last_letters("AND AnnualRevenue > 10.4 AND AnnualRevenue <= 20 ORDER BY Name"), "ab")
    equal(last_letters("LIMIT 0"), "")


@check("date literals")
def _():
    mine = f"SELECT COUNT() FROM Account WHERE Id = '{account_id}' AND "
    for condition, expected in (
        ("CreatedDate = TODAY", 1),
        ("CreatedDate = THIS_MONTH", 1),
        ("CreatedDate = LAST_N_DAYS:2", 1),
        ("CreatedDate > YESTERDAY", 1),
        ("CreatedDate < TODAY", 0),
        ("CreatedDate = NEXT_N_DAYS:3", 0),
        ("CreatedDate >= THIS_YEAR", 1),
        ("CreatedDate = LAST_YEAR", 0),
        ("CreatedDate > 2020-01-01T00:00:00Z", 1),
        ("CreatedDate < 2020-01-01T00:00:00+02:00", 0),
    ):
        equal(sf.query(mine + condition)["totalSize"], expected, condition)


@check("a date field takes a date and returns it")
def _():
    opportunity = sf.Opportunity.create(
        {
            "Name": f"{RUN} deal",
            "StageName": "Prospecting",
            "CloseDate": "2031-02-28",
            "Amount": "99.95",
            "AccountId": account_id,
        }
    )["id"]
    record = sf.query(
        "SELECT CloseDate, Amount, IsClosed, Account.Name FROM Opportunity"
        f" WHERE CloseDate = 2031-02-28 AND Id = '{opportunity}'"
    )["records"][0]
    equal(record["CloseDate"], "2031-02-28", "CloseDate")
    equal(record["Amount"], 99.95, "Amount")
    equal(record["IsClosed"], False, "IsClosed")


# More than one page


@check(f"{N_BULK} accounts are created by collections of 200")
def _():
    for start in range(0, N_BULK, 200):
        records = [
            {"attributes": {"type": "Account"}, "Name": f"{RUN} bulk {n:05}", "Site": RUN}
            for n in range(start, min(start + 200, N_BULK))
        ]
        body = {"allOrNone": True, "records": records}
        results = sf.restful("composite/sobjects", method="POST", json=body)
        equal(len(results), len(records), "number of results")
        bad = [result for result in results if not result["success"]]
        equal(bad, [], "failures")


BULK_QUERY = f"SELECT Id, Name FROM Account WHERE Site = '{RUN}' ORDER BY Name"


@check("the first page has 2,000 rows, the next the rest")
def _():
    first = sf.query(BULK_QUERY)
    equal(first["totalSize"], N_BULK, "totalSize")
    equal(first["done"], False, "done")
    equal(len(first["records"]), 2000, "rows")
    pattern = r"/services/data/v59\.0/query/01g[0-9A-Za-z]{12,15}-2000"
    true(re.fullmatch(pattern, first["nextRecordsUrl"]), first["nextRecordsUrl"])
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    equal(second["totalSize"], N_BULK, "totalSize of the second")
    equal(second["done"], True, "done")
    true("nextRecordsUrl" not in second, "the last page has a next one")
    expected = [f"{RUN} bulk {n:05}" for n in range(N_BULK)]
    equal(names(first) + names(second), expected, "names")
    locator = first["nextRecordsUrl"].rsplit("/", 1)[1]
    equal(names(sf.query_more(locator)), expected[2000:], "names by locator")
    jump = locator.replace("-2000", "-1234")
    equal(names(sf.query_more(jump))[:2], expected[1234:1236], "names from another row on")


@check("query_all_iter walks all pages")
def _():
    ids = {record["Id"] for record in sf.query_all_iter(BULK_QUERY)}
    equal(len(ids), N_BULK, "ids")


@check("query_all collects all pages")
def _():
    equal(sf.query_all(BULK_QUERY)["totalSize"], N_BULK, "totalSize")


@check("a smaller page on request")
def _():
    page = sf.query(BULK_QUERY, headers={"Sforce-Query-Options": "batchSize=250"})
    equal(len(page["records"]), 250, "rows")
    equal(page["nextRecordsUrl"].rsplit("-", 1)[1], "250", "offset")


@check("an unknown locator: INVALID_QUERY_LOCATOR")
def _():
    refused(
        SalesforceMalformedRequest,
        "INVALID_QUERY_LOCATOR",
        lambda: sf.query_more("01g000000000000AAA-2000"),
    )


# Collections and trees


def account(name, **fields):
    """An account as the composite resources take it."""
    return {"attributes": {"type": "Account"}, "Name": name, **fields}


def two_hundred(label):
    """200 accounts of which the hundred-and-first is not valid."""
    records = [account(f"{RUN} {label} {n:03}") for n in range(200)]
    records[100] = {"attributes": {"type": "Account"}, "Industry": "Energy"}
    return records


@check("200 records with allOrNone false: one fails, the others are saved")
def _():
    body = {"allOrNone": False, "records": two_hundred("some")}
    results = sf.restful("composite/sobjects", method="POST", json=body)
    equal([n for n, it in enumerate(results) if not it["success"]], [100], "failed")
    error = results[100]["errors"][0]
    equal(error["statusCode"], "REQUIRED_FIELD_MISSING", "statusCode")
    equal(error["fields"], ["Name"], "fields")
    equal(error["message"], "Required fields are missing: [Name]", "message")
    saved = sf.query(f"SELECT COUNT() FROM Account WHERE Name LIKE '{RUN} some %'")
    equal(saved["totalSize"], 199, "saved")


@check("200 records with allOrNone true: one fails, none is saved")
def _():
    body = {"allOrNone": True, "records": two_hundred("none")}
    results = sf.restful("composite/sobjects", method="POST", json=body)
    codes = {it["errors"][0]["statusCode"] for n, it in enumerate(results) if n != 100}
    equal(codes, {"ALL_OR_NONE_OPERATION_ROLLED_BACK"}, "codes of the good ones")
    equal(results[100]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING", "code of the bad")
    true(not any(it["success"] for it in results), "one claims success")
    saved = sf.query(f"SELECT COUNT() FROM Account WHERE Name LIKE '{RUN} none %'")
    equal(saved["totalSize"], 0, "saved")


@check("collections update, retrieve and delete in order")
def _():
    body = {"records": [account(f"{RUN} three {n}") for n in range(3)]}
    ids = [it["id"] for it in sf.restful("composite/sobjects", method="POST", json=body)]
    changes = [
        {"attributes": {"type": "Account"}, "id": ids[0], "Rating": "Hot"},
        {"attributes": {"type": "Account"}, "Id": ids[1], "Rating": "Cold"},
        {"attributes": {"type": "Account"}, "Rating": "Warm"},
    ]
    body = {"allOrNone": False, "records": changes}
    results = sf.restful("composite/sobjects", method="PATCH", json=body)
    equal([it["success"] for it in results], [True, True, False], "successes")
    equal(results[2]["errors"][0]["statusCode"], "MISSING_ARGUMENT", "code without an id")
    body = {"ids": [ids[1], "001000000000000AAA", ids[0]], "fields": ["Id", "Rating"]}
    found = sf.restful("composite/sobjects/Account", method="POST", json=body)
    equal([it and it["Rating"] for it in found], ["Cold", None, "Hot"], "ratings")
    params = {"ids": ",".join(ids), "allOrNone": "false"}
    results = sf.restful("composite/sobjects", method="DELETE", params=params)
    equal([(it["id"], it["success"]) for it in results], [(it, True) for it in ids], "deleted")


@check("more than 200 records are refused")
def _():
    body = {"records": [account("x") for _ in range(201)]}
    try:
        sf.restful("composite/sobjects", method="POST", json=body)
    except SalesforceMalformedRequest as error:
        equal(len(error.content), 1, "errors")
        return
    raise AssertionError("201 records were taken")


def tree(email):
    """Two accounts, one with two contacts."""
    contacts = [
        {"attributes": {"type": "Contact", "referenceId": "c1"}, "LastName": "One"},
        {
            "attributes": {"type": "Contact", "referenceId": "c2"},
            "LastName": "Two",
            "Email": email,
        },
    ]
    return {
        "records": [
            {
                "attributes": {"type": "Account", "referenceId": "a1"},
                "Name": f"{RUN} tree 1",
                "Contacts": {"records": contacts},
            },
            {"attributes": {"type": "Account", "referenceId": "a2"}, "Name": f"{RUN} tree 2"},
        ]
    }


@check("a tree that has a fault saves nothing")
def _():
    try:
        sf.restful("composite/tree/Account", method="POST", json=tree("not an address"))
    except SalesforceMalformedRequest as error:
        content = error.content
        equal(content["hasErrors"], True, "hasErrors")
        equal([it["referenceId"] for it in content["results"]], ["c2"], "faulty")
        found = content["results"][0]["errors"][0]
        equal(found["statusCode"], "INVALID_EMAIL_ADDRESS", "statusCode")
        equal(found["fields"], ["Email"], "fields")
        saved = sf.query(f"SELECT COUNT() FROM Account WHERE Name LIKE '{RUN} tree %'")
        equal(saved["totalSize"], 0, "saved")
        return
    raise AssertionError("the tree was taken")


@check("a tree is saved with its children")
def _():
    result = sf.restful(
        "composite/tree/Account", method="POST", json=tree("two@example.com")
    )
    equal(result["hasErrors"], False, "hasErrors")
    equal({it["referenceId"] for it in result["results"]}, {"a1", "a2", "c1", "c2"}, "refs")
    found = sf.query(
        f"SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = '{RUN} tree 1'"
    )["records"][0]
    equal({it["LastName"] for it in found["Contacts"]["records"]}, {"One", "Two"}, "children")


# Deleting


@check("delete, and again: ENTITY_IS_DELETED")
def _():
    doomed = sf.Account.create({"Name": f"{RUN} doomed"})["id"]
    equal(sf.Account.delete(doomed), 204, "status")
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.Account.get(doomed))
    refused(SalesforceResourceNotFound, "ENTITY_IS_DELETED", lambda: sf.Account.delete(doomed))
    query = f"SELECT Id, IsDeleted FROM Account WHERE Id = '{doomed}'"
    equal(sf.query(query)["totalSize"], 0, "rows of query")
    found = sf.query(query, include_deleted=True)["records"]
    equal([it["IsDeleted"] for it in found], [True], "rows of queryAll")


@check("deleting an account deletes its contacts with it")
def _():
    parent = sf.Account.create({"Name": f"{RUN} parent"})["id"]
    sf.Contact.create({"LastName": "Child", "AccountId": parent})
    sf.Account.delete(parent)
    query = f"SELECT Id, IsDeleted FROM Contact WHERE AccountId = '{parent}'"
    equal(sf.query(query)["totalSize"], 0, "contacts left")
    equal(sf.query(query, include_deleted=True)["totalSize"], 1, "contacts in the bin")


# Refusals


@check("a required field is missing: REQUIRED_FIELD_MISSING")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "REQUIRED_FIELD_MISSING",
        lambda: sf.Contact.create({"FirstName": "Ada"}),
    )
    equal(error["message"], "Required fields are missing: [LastName]", "message")
    equal(error["fields"], ["LastName"], "fields")


@check("an unknown field in a record: INVALID_FIELD")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "INVALID_FIELD",
        lambda: sf.Account.create({"Name": "x", "Nope__c": 1}),
    )
    equal(error["message"], "No such column 'Nope__c' on sobject of type Account", "message")


@check("an unknown field in a query: INVALID_FIELD with the caret under it")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "INVALID_FIELD",
        lambda: sf.query("SELECT Id, Nope__c FROM Account"),
    )
    lines = error["message"].split("\n")
    equal(lines[3], "ERROR at Row:1:Column:12", "position")
    equal(lines[2].index("^"), lines[1].index("Nope__c"), "place of the caret")
    true(lines[4].startswith("No such column 'Nope__c' on entity 'Account'."), lines[4])


@check("a malformed query: MALFORMED_QUERY")
def _():
    for query in ("SELECT FROM Account", "SELECT Id FROM Account WHERE", "", "SELECT Id, FROM"):
        refused(SalesforceMalformedRequest, "MALFORMED_QUERY", lambda q=query: sf.query(q))


@check("an unknown object in a query: INVALID_TYPE")
def _():
    error = refused(
        SalesforceMalformedRequest, "INVALID_TYPE", lambda: sf.query("SELECT Id FROM Nope__c")
    )
    true("sObject type 'Nope__c' is not supported." in error["message"], error["message"])


@check("an unknown object or record: NOT_FOUND")
def _():
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.Nope__c.describe())
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.Account.get("001000000000000AAA"))


@check("too long a text: STRING_TOO_LONG")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "STRING_TOO_LONG",
        lambda: sf.Account.create({"Name": "x" * 256}),
    )
    equal(error["fields"], ["Name"], "fields")


@check("a lookup to the wrong object is refused")
def _():
    error = refused(
        SalesforceMalformedRequest,
        "MALFORMED_ID",
        lambda: sf.Contact.create({"LastName": "x", "AccountId": contact_ids[0]}),
    )
    equal(error["fields"], ["AccountId"], "fields")


@check("a body that is no JSON: JSON_PARSER_ERROR")
def _():
    refused(
        SalesforceMalformedRequest,
        "JSON_PARSER_ERROR",
        lambda: sf.restful("sobjects/Account", method="POST", data="{"),
    )


# The session


@check("limits and the use of the API")
def _():
    limits = sf.limits()
    true(0 < limits["DailyApiRequests"]["Remaining"] <= limits["DailyApiRequests"]["Max"], "limit")
    usage = sf.api_usage["api-usage"]
    true(0 <= usage.used <= usage.total, f"{usage}")


@check("the organization says that it is no sandbox")
def _():
    equal(sf.is_sandbox(), False, "IsSandbox")


@check("an expired session: INVALID_SESSION_ID")
def _():
    session = Salesforce(session_id="00D000000000001!expired", instance=HOST)
    error = refused(
        SalesforceExpiredSession,
        "INVALID_SESSION_ID",
        lambda: session.query("SELECT Id FROM Account"),
    )
    equal(error["message"], "Session expired or invalid", "message")


@check("the client logs in again by itself when its session has expired")
def _():
    session = Salesforce(
        username=USERNAME, password=PASSWORD, security_token=TOKEN, domain=DOMAIN
    )
    session.headers["Authorization"] = "Bearer 00D000000000001!expired"
    true(session.query("SELECT Id FROM Account LIMIT 1")["records"], "no records")


finish()
