//! What explaining a query says of its plan.

use query::explain::Leading;

use super::{ALL, Fixture, row};
use crate::{Input, create, explain};

#[test]
fn an_index_is_told_from_a_scan() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let name = |n: usize| [("Name", Input::from(format!("Project {n}")))];
    let rows = (0..200).map(|n| row(&ctx, "Project__c", None, &name(n))).collect();
    create(&ctx, rows, &ALL).unwrap();
    let of = |soql: &str| explain(&ctx, soql, false).unwrap();

    let scan = of("SELECT Id FROM Project__c WHERE Budget__c > 5 AND NOT (Budget__c = 7)");
    assert_eq!((scan.leading, scan.fields.len()), (Leading::TableScan, 0));
    assert_eq!((scan.cardinality, scan.object_cardinality), (0, 200));
    assert!(1.0 < scan.relative_cost);
    let notes: Vec<&str> = scan.notes.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(notes, ["IsDeleted", "Budget__c"]);
    let grouped = of("SELECT Name, COUNT(Id) FROM Project__c GROUP BY Name");
    assert_eq!((grouped.cardinality, grouped.object.as_str()), (200, "Project__c"));
    assert_eq!(grouped.leading, Leading::TableScan);

    if testkit::home::skips_on_postgres("it reads small tables whole") {
        return;
    }
    for (soql, field) in [
        ("SELECT Id FROM Project__c WHERE Name = 'project 7'", "Name"),
        ("SELECT Id, Account__r.Name FROM Project__c WHERE Id = 'a00000000000001'", "Id"),
        ("SELECT Id FROM Project__c WHERE Code__c = 'x' AND Budget__c > 5", "Code__c"),
        ("SELECT COUNT(Id) FROM Project__c WHERE Account__c = '001000000000001'", "Account__c"),
    ] {
        let plan = of(soql);
        assert_eq!((plan.leading, plan.fields), (Leading::Index, vec![field.to_owned()]), "{soql}");
        assert!(plan.relative_cost < 1.0, "{soql}");
    }
}
