//! Opportunities in every stage, their products and contact roles; contracts.

use base::Date;

use super::super::dataset::{Cell, Cents, Record, RowKey};
use super::super::phrase;
use super::super::random::Random;
use super::customer::{Customer, Level, Sector};
use super::{Scene, workday};

/// An opportunity that was added.
pub(super) struct Sale {
    pub(super) key: RowKey,
    /// An index into the customers.
    pub(super) account: usize,
    pub(super) owner: usize,
    pub(super) is_closed: bool,
    pub(super) created: Date,
    pub(super) close: Date,
}

const N_SALES: usize = 450;

/// The stages of a sale under way, with their weights.
const OPEN: &[(usize, &str)] = &[
    (18, "Prospecting"),
    (16, "Qualification"),
    (14, "Needs Analysis"),
    (12, "Value Proposition"),
    (8, "Id. Decision Makers"),
    (8, "Perception Analysis"),
    (14, "Proposal/Price Quote"),
    (10, "Negotiation/Review"),
];

pub(super) fn add(scene: &mut Scene) {
    let mut random = scene.random("opportunities");
    let buyers: Vec<(usize, usize)> =
        scene.customers.iter().enumerate().map(|(at, it)| (interest(it), at)).collect();
    let (mut items, mut roles) = (Vec::new(), Vec::new());
    for number in 0..N_SALES {
        let account = random.weighted(&buyers);
        let draft = draft(scene, (number, account), &mut random);
        let key = scene.data.add("Opportunity", draft.record);
        let sale = Sale { key, ..draft.sale };
        if draft.has_items {
            items.extend(line_items(scene, &sale, &draft.basket, &mut random));
        }
        roles.extend(contact_roles(scene, &sale, &mut random));
        scene.sales.push(sale);
    }
    scene.data.add_all("OpportunityLineItem", items);
    scene.data.add_all("OpportunityContactRole", roles);
}

/// How much more likely a sale is with some than with others.
fn interest(customer: &Customer) -> usize {
    match (customer.sector, customer.level) {
        (Sector::Group, _) => 1,
        (_, None) => 2,
        (_, Some(Level::Basic)) => 3,
        (_, Some(Level::Standard)) => 4,
        (_, Some(Level::Premium)) => 6,
    }
}

struct Draft {
    record: Record,
    sale: Sale,
    /// Indexes into the products, and quantities.
    basket: Vec<(usize, u64)>,
    has_items: bool,
}

fn draft(scene: &Scene, (number, account): (usize, usize), random: &mut Random) -> Draft {
    let customer = &scene.customers[account];
    let stage = random.weighted(&[(46, ""), (36, "Closed Won"), (18, "Closed Lost")]);
    let is_closed = !stage.is_empty();
    let stage = if is_closed { stage } else { random.weighted(OPEN) };
    let close = close_date(scene, is_closed, random);
    let cycle = random.between(25, 190);
    let created = Date((close.0 - cycle).min(scene.day(-random.between(2, 60)).0));
    let renewal = customer.level.is_some() && random.chance(26);
    let basket = basket(scene, renewal, random);
    let total: u64 = basket.iter().map(|(at, n)| scene.products[*at].what.price * n).sum();
    let kind = match (customer.level.is_some(), renewal, random.below(3)) {
        (false, ..) => "New Customer",
        (true, false, 0) => "Existing Customer - Replacement",
        _ => "Existing Customer - Upgrade",
    };
    let scope = if renewal {
        format!("Service plan {}", close.civil().year())
    } else {
        let own = random.chance(60);
        let scopes = if own { scopes(customer.sector) } else { phrase::SCOPES };
        random.pick(scopes).to_owned()
    };
    let name: String = format!("{} – {scope}", customer.name).chars().take(120).collect();
    let has_items = random.chance(62);
    let sources = ["Web", "Phone Inquiry", "Partner Referral", "Other"];
    let mut record = Record::new([
        ("Name", name.into()),
        ("AccountId", customer.key.into()),
        ("OwnerId", Cell::Employee(customer.owner)),
        ("StageName", stage.into()),
        ("CloseDate", close.into()),
        ("Amount", Cents(total * 100).into()),
        ("Type", kind.into()),
        ("LeadSource", random.pick(&sources).into()),
        ("Renewal__c", renewal.into()),
    ]);
    if has_items {
        record.set("Pricebook2Id", Cell::StandardPricebook);
    }
    if !is_closed {
        record.set("NextStep", random.pick(phrase::NEXT_STEPS));
    }
    if random.chance(18) {
        record.set("CampaignId", random.one_of(&scene.campaigns).key);
    }
    if !renewal && random.chance(35) {
        let rivals =
            ["Blauwater Sensing", "Kestrel Analytics", "Norvik Measurement", "In-house Laboratory"];
        record.set("Competitor__c", random.pick(&rivals));
    }
    if random.chance(60) {
        record.set("Description", random.pick(phrase::SALE_NOTES));
    }
    let changed = if is_closed { close } else { scene.day(-random.between(1, 20)) };
    scene.stamp(&mut record, customer.owner, (created, changed), random);
    let key = RowKey { object: "Opportunity", number };
    let sale = Sale { key, account, owner: customer.owner, is_closed, created, close };
    Draft { record, sale, basket, has_items }
}

/// What a sector asks for more than others do.
fn scopes(sector: Sector) -> &'static [&'static str] {
    match sector {
        Sector::Group => phrase::SCOPES,
        Sector::Utility => &[
            "Early warning at the intake",
            "Outfall monitoring for the new permit",
            "Chlorine in the network",
        ],
        Sector::Harbor => &["Harbor basin monitoring", "Turbidity during dredging"],
        Sector::Farm => &["Dissolved oxygen alarm", "Salinity at the canal intake"],
        Sector::Plant => &["Cooling water discharge", "Effluent monitoring, two lines"],
        Sector::Institute => &["Nitrate profile of the catchment", "Buoy network, first phase"],
    }
}

/// Decided ones lie behind us, dense of late; the others mostly ahead.
fn close_date(scene: &Scene, is_closed: bool, random: &mut Random) -> Date {
    if !is_closed {
        return workday(scene.day(random.between(-6, 220)));
    }
    let back = if random.chance(40) { 90 } else { 720 };
    scene.past_workday(random.between(1, back))
}

fn basket(scene: &Scene, renewal: bool, random: &mut Random) -> Vec<(usize, u64)> {
    let at = |code: &str| scene.products.iter().position(|it| it.what.code == code);
    let n_sites = random.between(1, 6) as u64;
    if renewal {
        let codes = if random.chance(60) { &["TW-SP", "TW-HC"][..] } else { &["TW-SP"][..] };
        return codes.iter().filter_map(|it| Some((at(it)?, n_sites))).collect();
    }
    let mut basket: Vec<(usize, u64)> = Vec::new();
    for _ in 0..1 + random.below(3) {
        // The first ten are instruments; dear ones are bought one at a time.
        let instrument = random.below(10);
        let many = if 10_000 < scene.products[instrument].what.price { 2 } else { 8 };
        if basket.iter().all(|it| it.0 != instrument) {
            basket.push((instrument, random.between(1, many) as u64));
        }
    }
    let extras = [("TW-GW", 50), ("TW-HC", 60), ("TW-CO", 55), ("TW-TR", 15)];
    for (code, percent) in extras {
        if random.chance(percent) {
            basket.extend(at(code).map(|it| (it, n_sites)));
        }
    }
    basket
}

fn line_items(
    scene: &Scene,
    sale: &Sale,
    basket: &[(usize, u64)],
    random: &mut Random,
) -> Vec<Record> {
    let items = basket.iter().enumerate().map(|(place, (product, quantity))| {
        let product = &scene.products[*product];
        let price = product.list_price();
        let mut record = Record::new([
            ("OpportunityId", sale.key.into()),
            ("PricebookEntryId", product.price.into()),
            ("Product2Id", product.key.into()),
            ("Name", product.what.name.into()),
            ("ProductCode", product.what.code.into()),
            ("Quantity", Cell::Number(quantity.to_string())),
            ("ListPrice", price.into()),
            ("UnitPrice", price.into()),
            ("TotalPrice", Cents(price.0 * quantity).into()),
            ("SortOrder", (place as i32 + 1).into()),
        ]);
        scene.stamp(&mut record, sale.owner, (sale.created, sale.created), random);
        record
    });
    items.collect()
}

fn contact_roles(scene: &Scene, sale: &Sale, random: &mut Random) -> Vec<Record> {
    const ROLES: [&str; 5] =
        ["Decision Maker", "Technical Buyer", "Evaluator", "Influencer", "Business User"];
    let people = &scene.customers[sale.account].people;
    let n_roles = people.len().min(1 + random.below(2));
    let roles = people[..n_roles].iter().enumerate().map(|(place, person)| {
        let mut record = Record::new([
            ("OpportunityId", sale.key.into()),
            ("ContactId", (*person).into()),
            ("Role", ROLES[if place == 0 { 0 } else { 1 + random.below(4) }].into()),
            ("IsPrimary", (place == 0).into()),
        ]);
        scene.stamp(&mut record, sale.owner, (sale.created, sale.created), random);
        record
    });
    roles.collect()
}

pub(super) fn add_contracts(scene: &mut Scene) {
    let mut random = scene.random("contracts");
    let mut contracts = Vec::new();
    for customer in &scene.customers {
        let entitled = matches!(customer.level, Some(Level::Standard | Level::Premium));
        if entitled && random.chance(75) {
            contracts.push(contract(scene, customer, &mut random));
        }
    }
    scene.data.add_all("Contract", contracts);
}

fn contract(scene: &Scene, customer: &Customer, random: &mut Random) -> Record {
    let draft = random.chance(12);
    let start =
        if draft { scene.day(random.between(10, 60)) } else { scene.day(-random.between(20, 700)) };
    let years = random.weighted(&[(50, 1), (30, 2), (20, 3)]);
    let signed = Date(start.0 - random.between(5, 30));
    let place = &scene.names.cities[customer.city];
    let mut record = Record::new([
        ("AccountId", customer.key.into()),
        ("OwnerId", Cell::Employee(customer.owner)),
        ("Status", if draft { "Draft" } else { "Activated" }.into()),
        ("StartDate", start.into()),
        ("ContractTerm", (12 * years).into()),
        ("EndDate", Date(years_later(start, years).0 - 1).into()),
        ("OwnerExpirationNotice", "60".into()),
        ("BillingStreet", customer.address.street.clone().into()),
        ("BillingCity", place.name.into()),
        ("BillingPostalCode", customer.address.postal_code.clone().into()),
        ("BillingCountry", scene.names.country_of(place).name.into()),
    ]);
    if customer.level == Some(Level::Premium) {
        record.set(
            "SpecialTerms",
            "On site within two working days; spare probes at the customer's.",
        );
    }
    if !draft {
        record.set("CompanySignedId", Cell::Employee(customer.owner));
        record.set("CompanySignedDate", signed);
        record.set_some("CustomerSignedId", customer.people.first().copied());
        record.set("CustomerSignedDate", signed);
        record.set("ActivatedById", Cell::Employee(customer.owner));
        record.set("ActivatedDate", super::instant(signed, 12 * 60, 0));
    }
    let made = Date(signed.0 - 14);
    scene.stamp(&mut record, customer.owner, (made, signed), random);
    record
}

/// The same day of a later year; the last of February where there is no other.
fn years_later(day: Date, years: i32) -> Date {
    let text = day.to_string();
    let year = i32::from(day.civil().year()) + years;
    let same = Date::parse(&format!("{year:04}{}", &text[4..]));
    same.unwrap_or(Date(day.0 + 365 * years))
}
