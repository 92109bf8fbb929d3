//! Sites of customers, the sensors that hang there, and the assets that carry them.

use base::Date;

use super::super::dataset::{Cell, Cents, Record, RowKey};
use super::super::random::Random;
use super::customer::{Customer, Sector, degrees};
use super::product::{PARAMETERS, interval_days};
use super::{Scene, workday_before};

/// A site that was added.
pub(super) struct Site {
    pub(super) key: RowKey,
    pub(super) name: String,
    /// An index into the customers.
    pub(super) account: usize,
    pub(super) status: &'static str,
    commissioned: Date,
}

/// A sensor that was added.
pub(super) struct Sensor {
    pub(super) key: RowKey,
    pub(super) serial: String,
    /// An index into the sites.
    pub(super) site: usize,
    /// An index into [`PARAMETERS`].
    pub(super) parameter: usize,
    pub(super) status: &'static str,
    pub(super) installed: Option<Date>,
    pub(super) last_calibrated: Option<Date>,
    pub(super) due: Option<Date>,
}

const N_SITES: usize = 150;
const N_SENSORS: usize = 500;

/// Where a sector measures: places, bodies of water, and parameters by index.
struct Habit {
    record_type: &'static str,
    places: &'static [&'static str],
    waters: &'static [&'static str],
    parameters: &'static [usize],
}

fn habit(sector: Sector) -> &'static Habit {
    match sector {
        Sector::Group | Sector::Utility => &Habit {
            record_type: "Municipal",
            places: &[
                "Intake North",
                "Intake South",
                "Reservoir Dam",
                "Outfall",
                "Well Field",
                "Plant Inlet",
            ],
            waters: &["River", "Reservoir", "Groundwater", "Wastewater", "Lake"],
            parameters: &[0, 1, 2, 3, 4, 5, 7],
        },
        Sector::Harbor => &Habit {
            record_type: "Industrial",
            places: &["Quay 4", "Inner Basin", "Breakwater", "Lock Gate", "Turning Circle"],
            waters: &["Coastal", "Estuary"],
            parameters: &[1, 2, 3, 7],
        },
        Sector::Farm => &Habit {
            record_type: "Agricultural",
            places: &["Pond 1", "Pond 3", "Canal Intake", "Hatchery", "Cage Row B"],
            waters: &["Lake", "River", "Coastal"],
            parameters: &[0, 1, 3, 4, 6],
        },
        Sector::Plant => &Habit {
            record_type: "Industrial",
            places: &["Cooling Water", "Effluent Channel", "Process Line 2", "Equalization Tank"],
            waters: &["Process Water", "Wastewater", "River"],
            parameters: &[0, 2, 3, 5],
        },
        Sector::Institute => &Habit {
            record_type: "Research",
            places: &["Mooring A", "Mooring B", "Pier Station", "Catchment Weir", "Buoy Transect"],
            waters: &["Lake", "Coastal", "River", "Estuary"],
            parameters: &[0, 1, 2, 3, 4, 6, 7],
        },
    }
}

pub(super) fn add(scene: &mut Scene) {
    add_sites(scene);
    add_sensors(scene);
    add_assets(scene);
}

fn add_sites(scene: &mut Scene) {
    let mut random = scene.random("sites");
    let owned = |it: &(usize, &Customer)| it.1.level.is_some() && it.1.sector != Sector::Group;
    let mut accounts: Vec<usize> =
        scene.customers.iter().enumerate().filter(owned).map(|it| it.0).collect();
    // Shuffled: accounts stand in the order of their countries.
    for at in (1..accounts.len()).rev() {
        accounts.swap(at, random.below(at + 1));
    }
    for number in 0..N_SITES {
        // Every third site is another one of an account that has one already.
        let turn = if number % 3 == 2 { number / 3 } else { number - number / 3 };
        let account = accounts[turn % accounts.len()];
        let (record, site) = site(scene, (number, account), &mut random);
        scene.data.add("Site__c", record);
        scene.sites.push(site);
    }
}

fn site(scene: &Scene, (number, account): (usize, usize), random: &mut Random) -> (Record, Site) {
    let customer = &scene.customers[account];
    let place = &scene.names.cities[customer.city];
    let country = scene.names.country_of(place);
    let habit = habit(customer.sector);
    let n_before = scene.sites.iter().filter(|it| it.account == account).count();
    let spot = habit.places[(number + n_before) % habit.places.len()];
    let name = format!("{} {spot}", customer.stem);
    let status = random.weighted(&[
        (78, "Operating"),
        (6, "Commissioning"),
        (6, "Planned"),
        (5, "Suspended"),
        (5, "Decommissioned"),
    ]);
    let commissioned = match status {
        "Planned" => scene.day(random.between(14, 120)),
        "Commissioning" => scene.past_workday(random.between(1, 20)),
        _ => scene.past_workday(random.between(90, 1600)),
    };
    let (north, east) = (random.between(-90_000, 90_000), random.between(-90_000, 90_000));
    let mut record = Record::new([
        ("Name", name.clone().into()),
        ("Account__c", customer.key.into()),
        ("OwnerId", Cell::Employee(customer.owner)),
        ("RecordTypeId", Cell::RecordType(habit.record_type)),
        ("Site_Code__c", format!("{}-{:04}", country.code, number + 1).into()),
        ("Status__c", status.into()),
        ("Water_Body__c", random.pick(habit.waters).into()),
        ("Region__c", country.region.into()),
        ("Location__Latitude__s", degrees(place.latitude + north)),
        ("Location__Longitude__s", degrees(place.longitude + east)),
        ("Telemetry__c", random.chance(85).into()),
    ]);
    if status != "Planned" {
        record.set("Commissioned_On__c", commissioned);
    }
    record.set_some("Primary_Contact__c", customer.people.last().copied());
    if random.chance(70) {
        let (low, high) = if place.is_port { (0, 120) } else { (900, 5_600) };
        let decimeters = random.between(low, high);
        record.set(
            "Elevation_m__c",
            Cell::Number(format!("{}.{}", decimeters / 10, decimeters % 10)),
        );
    }
    if random.chance(65) {
        record.set("Access_Notes__c", random.pick(ACCESS));
    }
    let made = Date(commissioned.0 - 40);
    scene.stamp(&mut record, customer.owner, (made, commissioned), random);
    let key = RowKey { object: "Site__c", number };
    (record, Site { key, name, account, status, commissioned })
}

const ACCESS: &[&str] = &[
    "Key at the control room, sign the book. The gate closes at six.",
    "Only by boat; call the harbor master an hour before.",
    "Path along the dike, the last two hundred meters on foot.",
    "Helmet and life jacket. Not during discharge.",
    "Dog in the yard, ring first.",
    "Cabinet key number 14, the lock is stiff.",
    "At low tide only, two hours on either side.",
];

fn add_sensors(scene: &mut Scene) {
    let mut random = scene.random("sensors");
    for number in 0..N_SENSORS {
        // Every site has three, and every third one a fourth.
        let site = number % N_SITES;
        let (record, sensor) = sensor(scene, (number, site), &mut random);
        scene.data.add("Sensor__c", record);
        scene.sensors.push(sensor);
    }
}

fn sensor(
    scene: &Scene,
    (number, site_at): (usize, usize),
    random: &mut Random,
) -> (Record, Sensor) {
    let site = &scene.sites[site_at];
    let customer = &scene.customers[site.account];
    let parameters = habit(customer.sector).parameters;
    let parameter = parameters[(number / N_SITES + site_at) % parameters.len()];
    let life = Life::of(scene, site, parameter, random);
    let product = &scene.products[parameter];
    let year = site.commissioned.civil().year() % 100;
    let serial = format!("{}{year:02}-{:05}", &product.what.code[3..], 10_007 + number * 13);
    let centimeters = random.between(20, 1_800);
    let firmware = random.pick(&["3.8.2", "4.0.0", "4.1.5", "4.2.0"]);
    let mut record = Record::new([
        ("Site__c", site.key.into()),
        ("Serial_Number__c", serial.clone().into()),
        ("Product__c", product.key.into()),
        ("Parameter__c", PARAMETERS[parameter].into()),
        ("Status__c", life.status.into()),
        ("Calibration_Plan__c", scene.plans[parameter].into()),
        ("Firmware__c", firmware.into()),
        ("Depth_m__c", Cents(centimeters.unsigned_abs().into()).into()),
    ]);
    record.set_some("Installed_On__c", life.installed);
    record.set_some("Last_Calibrated_On__c", life.last_calibrated);
    record.set_some("Calibration_Due_On__c", life.due);
    record.set_some("Warranty_Ends_On__c", life.installed.map(|it| Date(it.0 + 730)));
    let options = options(parameter).iter().copied();
    let options: Vec<&str> = options.filter(|_| random.chance(30)).collect();
    if !options.is_empty() {
        record.set("Options__c", options.join(";"));
    }
    if random.chance(12) {
        let remarks = [
            "Loaned until the repair is done.",
            "Hangs upside down on purpose.",
            "Customer cleans it weekly.",
        ];
        record.set("Remarks__c", random.pick(&remarks));
    }
    let made = Date(site.commissioned.0 - 20);
    let changed = life.last_calibrated.unwrap_or(made);
    scene.stamp(&mut record, customer.owner, (made, changed), random);
    let sensor = Sensor {
        key: RowKey { object: "Sensor__c", number },
        serial,
        site: site_at,
        parameter,
        status: life.status,
        installed: life.installed,
        last_calibrated: life.last_calibrated,
        due: life.due,
    };
    (record, sensor)
}

/// What a sensor for this parameter can be ordered with.
fn options(parameter: usize) -> &'static [&'static str] {
    match PARAMETERS[parameter] {
        "Turbidity" | "Nitrate" | "Chlorophyll" => &["Wiper", "Spare Battery", "Antifouling Guard"],
        "Water Level" | "Residual Chlorine" => &["Heated Housing", "Spare Battery"],
        _ => &["Spare Battery", "Antifouling Guard"],
    }
}

/// The dates of a sensor's life, which agree with its status.
struct Life {
    status: &'static str,
    installed: Option<Date>,
    last_calibrated: Option<Date>,
    due: Option<Date>,
}

impl Life {
    fn of(scene: &Scene, site: &Site, parameter: usize, random: &mut Random) -> Self {
        if site.status == "Planned" {
            return Self { status: "In Stock", installed: None, last_calibrated: None, due: None };
        }
        let installed = Date(site.commissioned.0 + random.between(0, 60));
        // The site was commissioned on a working day, so this is none before it.
        let installed = workday_before(Date(installed.0.min(scene.yesterday().0)));
        let interval = interval_days(parameter);
        let retired = site.status == "Decommissioned";
        let overdue = !retired && random.chance(9);
        let back = if overdue {
            interval + random.between(1, 25)
        } else {
            random.between(0, interval - 1)
        };
        let last = Date((scene.today.0 - back).min(scene.yesterday().0));
        let last = if retired { Date(last.0 - 200) } else { last };
        let last = Date(workday_before(last).0.max(installed.0));
        let due = Date(last.0 + interval);
        let status = if retired {
            "Retired"
        } else if due < scene.today {
            "Calibration Due"
        } else if random.chance(4) {
            "In Repair"
        } else {
            "In Service"
        };
        let due = (!retired).then_some(due);
        Self { status, installed: Some(installed), last_calibrated: Some(last), due }
    }
}

/// A gateway at every site that has one, a buoy where the water asks for it.
fn add_assets(scene: &mut Scene) {
    let mut random = scene.random("assets");
    let product = |code: &str| scene.products.iter().find(|it| it.what.code == code);
    let mut assets = Vec::new();
    for (number, site) in scene.sites.iter().enumerate().filter(|it| it.1.status != "Planned") {
        let customer = &scene.customers[site.account];
        let floats = matches!(customer.sector, Sector::Harbor | Sector::Institute);
        let code = if floats && random.chance(50) { "TW-BY" } else { "TW-GW" };
        let Some(product) = product(code) else { continue };
        let serial = format!("{}-{:05}", &code[3..], 40_003 + number * 7);
        let status = if site.status == "Decommissioned" { "Obsolete" } else { "Installed" };
        let mut record = Record::new([
            ("Name", format!("{} {serial}", product.what.name).into()),
            ("AccountId", customer.key.into()),
            ("OwnerId", Cell::Employee(customer.owner)),
            ("Product2Id", product.key.into()),
            ("SerialNumber", serial.into()),
            ("Status", status.into()),
            ("PurchaseDate", Date(site.commissioned.0 - 30).into()),
            ("InstallDate", site.commissioned.into()),
            ("Quantity", 1.into()),
            ("Price", product.list_price().into()),
            ("Description", format!("Carries the sensors of {}.", site.name).into()),
        ]);
        record.set_some("ContactId", customer.people.last().copied());
        let made = Date(site.commissioned.0 - 30);
        scene.stamp(&mut record, customer.owner, (made, site.commissioned), &mut random);
        assets.push(record);
    }
    scene.data.add_all("Asset", assets);
}
