"""E-Bikes, a project that nobody here wrote: deployed, loaded as `sf data import tree --plan`
loads, queried back, deployed again, retrieved and deployed from what was retrieved.

The project is read from beside the repository; there is no copy of it in here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

from simple_salesforce import Salesforce

from checks import check, equal, finish, skip, true

BIN = os.environ["CANDOR_BIN"]
WORK = Path(os.environ["CANDOR_DATA"])
PROJECT = Path(os.environ["CANDOR_SHARED"]) / "conformance/projects/ebikes"
DATA = str(WORK / "org")
USERNAME = "admin@ebikes.example"
PASSWORD = "Correct-horse-battery-7"

if not PROJECT.is_dir():
    if os.environ.get("CI", "") not in ("", "0", "false"):
        print("FAILED  the project is beside the repository: ../shared is absent")
        sys.exit(1)
    skip("E-Bikes", "../shared is absent")
    sys.exit(0)


def candor(*arguments):
    """Runs the program to its end and returns what it printed."""
    done = subprocess.run(
        [BIN, *arguments], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    output = done.stdout + done.stderr
    equal(done.returncode, 0, f"`candor {arguments[0]}` said {output!r}; its exit code")
    return output


def says_no_change(output):
    """Whether a deploy tells that the org already was as deployed."""
    return re.search(r"no(thing)? (has )?chang|unchanged|up to date", output, re.IGNORECASE)


class Server:
    """`candor serve` on the org, ready when entered and stopped as a service would be."""

    def __enter__(self):
        self.log = open(WORK / "serve.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [BIN, "serve", "--data", DATA, "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=self.log,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        true(line, f"`candor serve` did not get ready; see {WORK / 'serve.log'}")
        self.facts = json.loads(line)
        os.environ["REQUESTS_CA_BUNDLE"] = self.facts["ca_file"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def login(self):
        """Logs in over SOAP, with the security token if the server tells it."""
        domain = f"{urlparse(self.facts['api_url']).netloc}/my"
        token = self.facts.get("security_token") or ""
        return Salesforce(
            username=USERNAME, password=PASSWORD, security_token=token, domain=domain
        )


@check("an org is made", required=True)
def _():
    candor(
        "init", "--data", DATA, "--org-name", "E-Bikes",
        "--username", USERNAME, "--password", PASSWORD,
    )


@check("the project deploys whole", required=True)
def _():
    output = candor("deploy", str(PROJECT), "--data", DATA)
    true(not says_no_change(output), f"the first deploy says that nothing changed: {output}")
    print("\n".join(f"        {line}" for line in output.splitlines()[-12:]))


def load(sf):
    """Loads the plan as the sf CLI does: file by file, `@ref` replaced by the id it got."""
    ids = {}
    n_loaded = {}
    for step in json.loads((PROJECT / "data/sample-data-plan.json").read_text("utf-8")):
        for name in step["files"]:
            records = json.loads((PROJECT / "data" / name).read_text("utf-8"))["records"]
            for record in records:
                for key, value in record.items():
                    if step.get("resolveRefs") and isinstance(value, str) and value[:1] == "@":
                        record[key] = ids[value[1:]]
            for start in range(0, len(records), 200):
                body = {"records": records[start : start + 200]}
                path = f"composite/tree/{step['sobject']}"
                result = sf.restful(path, method="POST", json=body)
                equal(result["hasErrors"], False, f"hasErrors of {name}")
                if step.get("saveRefs"):
                    ids.update({it["referenceId"]: it["id"] for it in result["results"]})
            n_loaded[step["sobject"]] = n_loaded.get(step["sobject"], 0) + len(records)
    return n_loaded


def objects_are_described(sf):
    """The project's objects are there, with their fields and their relationship."""
    product = sf.Product__c.describe()
    fields = {field["name"]: field for field in product["fields"]}
    equal(fields["Product_Family__c"]["referenceTo"], ["Product_Family__c"], "referenceTo")
    equal(fields["Product_Family__c"]["relationshipName"], "Product_Family__r", "relationship")
    equal(fields["MSRP__c"]["type"], "currency", "type of MSRP__c")
    children = sf.Product_Family__c.describe()["childRelationships"]
    found = [it for it in children if it["relationshipName"] == "Products__r"]
    equal([it["childSObject"] for it in found], ["Product__c"], "child of Products__r")
    names = {it["name"] for it in sf.describe()["sobjects"]}
    for name in ("Order__c", "Order_Item__c", "Manufacturing_Event__e"):
        true(name in names, f"{name} is missing")


def products_know_their_family(sf):
    """Every product is read with the name of its family, as the files have it."""
    files = {
        name: json.loads((PROJECT / f"data/{name}.json").read_text("utf-8"))["records"]
        for name in ("Product__cs", "Product_Family__cs")
    }
    families = {it["attributes"]["referenceId"]: it["Name"] for it in files["Product_Family__cs"]}
    expected = {
        (it["Name"], families[it["Product_Family__c"][1:]], it["MSRP__c"])
        for it in files["Product__cs"]
    }
    rows = sf.query_all("SELECT Name, Product_Family__r.Name, MSRP__c FROM Product__c")["records"]
    found = {(row["Name"], row["Product_Family__r"]["Name"], row["MSRP__c"]) for row in rows}
    equal(found, expected, "products")


def families_know_their_products(sf):
    """The other way round, by the child relationship."""
    rows = sf.query_all(
        "SELECT Name, (SELECT Name, Level__c FROM Products__r ORDER BY Name)"
        " FROM Product_Family__c ORDER BY Name"
    )["records"]
    n_products = sum(row["Products__r"]["totalSize"] for row in rows if row["Products__r"])
    equal(n_products, sf.query("SELECT COUNT() FROM Product__c")["totalSize"], "products")
    for row in rows:
        names = [it["Name"] for it in (row["Products__r"] or {"records": []})["records"]]
        equal(names, sorted(names), f"products of {row['Name']}")


def serve_and_load():
    """Everything that needs the running server."""
    with Server() as server:
        sf = check("the administrator logs in", required=True)(server.login)
        check("the deployed objects are described")(lambda: objects_are_described(sf))
        n_loaded = check("the plan loads through the tree API")(lambda: load(sf))

        @check("the org holds as many records as the files")
        def _():
            for name, expected in n_loaded.items():
                found = sf.query(f"SELECT COUNT() FROM {name}")["totalSize"]
                equal(found, expected, name)

        check("products come with their family")(lambda: products_know_their_family(sf))
        check("families come with their products")(lambda: families_know_their_products(sf))


serve_and_load()


@check("a second deploy changes nothing")
def _():
    output = candor("deploy", str(PROJECT), "--data", DATA)
    true(says_no_change(output), f"it says {output}")


@check("deploying what was retrieved changes nothing")
def _():
    out = WORK / "retrieved"
    shutil.rmtree(out, ignore_errors=True)
    candor("retrieve", str(out), "--data", DATA)
    true(any(out.rglob("*.object-meta.xml")), "nothing was retrieved")
    output = candor("deploy", str(out), "--data", DATA)
    true(says_no_change(output), f"it says {output}")


@check("the ledger verifies")
def _():
    candor("ledger", "verify", "--data", DATA)


finish()
