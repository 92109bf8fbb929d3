//! Products, their standard prices, and calibration plans.

use super::super::dataset::{Cell, Cents, Record, RowKey};
use super::{ADMINISTRATOR, Scene};

/// What is measured; the values of the project's value set `Measured_Parameter`.
pub(in super::super) const PARAMETERS: [&str; 8] = [
    "pH",
    "Dissolved Oxygen",
    "Turbidity",
    "Conductivity",
    "Nitrate",
    "Residual Chlorine",
    "Chlorophyll",
    "Water Level",
];

/// A product that was added.
pub(super) struct Product {
    pub(super) key: RowKey,
    pub(super) price: RowKey,
    pub(super) what: &'static Article,
}

pub(super) struct Article {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    family: &'static str,
    /// In whole units of currency.
    pub(super) price: u64,
    description: &'static str,
}

/// Sensors first, in the order of [`PARAMETERS`].
#[rustfmt::skip]
const ARTICLES: &[Article] = &[
    article("Littoral pH Probe", "TW-PH", "Hardware", 980, "Glass-free pH probe with a replaceable reference cartridge."),
    article("Littoral Oxygen Probe", "TW-DO", "Hardware", 1_450, "Optical dissolved oxygen, no membrane to stretch, no flow needed."),
    article("Littoral Turbidity Probe", "TW-TU", "Hardware", 1_620, "Side scatter at 860 nm, with a wiper for long deployments."),
    article("Littoral Conductivity Probe", "TW-CD", "Hardware", 760, "Four electrodes, from snowmelt to brine."),
    article("Estuary Nitrate Analyzer", "TW-NO", "Hardware", 14_900, "Ultraviolet absorption, no reagents, data every minute."),
    article("Brook Chlorine Analyzer", "TW-CL", "Hardware", 4_350, "Amperometric free chlorine for drinking water lines."),
    article("Estuary Chlorophyll Fluorometer", "TW-CH", "Hardware", 5_200, "In-vivo fluorescence, two channels, corrected for turbidity."),
    article("Headland Radar Level", "TW-LV", "Hardware", 2_100, "Contactless level to the millimeter, below bridges and over weirs."),
    article("Estuary Multiparameter Sonde", "TW-MX", "Hardware", 8_400, "Room for six probes and a central wiper in one housing."),
    article("Skerry Monitoring Buoy", "TW-BY", "Hardware", 19_500, "Moored platform with solar power for sondes and a winch."),
    article("Pelican Telemetry Gateway", "TW-GW", "Hardware", 1_180, "Radio, mobile network and satellite, with a year of memory."),
    article("Headland Cloud, Site and Year", "TW-HC", "Software", 540, "Data platform with alarms, reports and an open interface."),
    article("Service Plan, Site and Year", "TW-SP", "Services", 2_650, "Four calibration visits, spare probes and a hotline."),
    article("Calibration Visit", "TW-CV", "Services", 690, "One visit by a field engineer, up to four sensors."),
    article("Commissioning Day", "TW-CO", "Services", 1_240, "Installation and start-up on site, travel included."),
    article("Operator Training", "TW-TR", "Services", 1_900, "One day on site for up to eight people."),
];

/// For each parameter, the days between calibrations, the reference, and how it is done.
#[rustfmt::skip]
const PLANS: [(i32, &str, &str); 8] = [
    (60, "Buffers pH 4.01, 7.00 and 10.01", "Rinse, dip into pH 7.00 until stable, then into the buffer nearer to the site's range. Replace the cartridge when the slope falls below 92 percent."),
    (180, "Water-saturated air", "Clean the cap, leave it in moist air for ten minutes, adjust at one point. Check zero with sulfite once a year."),
    (90, "Formazin 0 and 100 NTU", "Clean the windows, check the wiper, adjust zero in filtered water and the slope in 100 NTU."),
    (120, "Potassium chloride 1413 µS/cm", "Rinse with the solution, wait for temperature, adjust the cell constant. Compare with the handheld meter."),
    (180, "Nitrate standard 10 mg/l", "Clean the optical gap, take a baseline in pure water, check one standard. Replace the lamp after 20,000 hours."),
    (30, "DPD photometer", "Take three samples at the sampling tap, adjust to their mean. Replace electrolyte every six months."),
    (90, "Rhodamine secondary standard", "Clean the window, measure blank and secondary standard. Fit to extracted chlorophyll twice a year."),
    (365, "Staff gauge", "Compare with the staff gauge at two levels at least a month apart, correct the offset."),
];

const fn article(
    name: &'static str,
    code: &'static str,
    family: &'static str,
    price: u64,
    description: &'static str,
) -> Article {
    Article { name, code, family, price, description }
}

impl Product {
    pub(super) fn list_price(&self) -> Cents {
        Cents(self.what.price * 100)
    }
}

pub(super) fn add(scene: &mut Scene) {
    let mut random = scene.random("products");
    let since = scene.day(-900);
    let mut keys = Vec::new();
    for article in ARTICLES {
        let mut record = Record::new([
            ("Name", article.name.into()),
            ("ProductCode", article.code.into()),
            ("Family", article.family.into()),
            ("Description", article.description.into()),
            ("QuantityUnitOfMeasure", "Each".into()),
            ("IsActive", true.into()),
        ]);
        scene.stamp(&mut record, ADMINISTRATOR, (since, since), &mut random);
        keys.push(scene.data.add("Product2", record));
    }
    for (what, key) in ARTICLES.iter().zip(keys) {
        let mut record = Record::new([
            ("Pricebook2Id", Cell::StandardPricebook),
            ("Product2Id", key.into()),
            ("Name", what.name.into()),
            ("ProductCode", what.code.into()),
            ("UnitPrice", Cents(what.price * 100).into()),
            ("IsActive", true.into()),
        ]);
        scene.stamp(&mut record, ADMINISTRATOR, (since, since), &mut random);
        let price = scene.data.add("PricebookEntry", record);
        scene.products.push(Product { key, price, what });
    }
    for (parameter, (interval, standard, procedure)) in PARAMETERS.into_iter().zip(PLANS) {
        let mut record = Record::new([
            ("Name", format!("{parameter} in the field").into()),
            ("Parameter__c", parameter.into()),
            ("Interval_Days__c", interval.into()),
            ("Reference_Standard__c", standard.into()),
            ("Procedure__c", procedure.into()),
            ("Active__c", true.into()),
        ]);
        scene.stamp(&mut record, ADMINISTRATOR, (since, since), &mut random);
        let plan = scene.data.add("Calibration_Plan__c", record);
        scene.plans.push(plan);
    }
}

/// The usual days between two calibrations of this parameter.
pub(super) fn interval_days(parameter: usize) -> i32 {
    PLANS[parameter].0
}
