//! What the people of the sample company write: fragments, and their composition.
//!
//! A text is an opening, a middle that says something of substance, and an end. The middle is
//! chosen for the occasion, the rest by lot. Words in braces are filled in by [`fill`].

use super::random::Random;

/// Replaces `{key}` by its value.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = template.to_owned();
    for (key, value) in values {
        out = out.replace(&format!("{{{key}}}"), value);
    }
    out
}

/// One of each list, joined by blanks.
pub(super) fn compose(random: &mut Random, parts: &[&[&str]]) -> String {
    let chosen = parts.iter().map(|it| random.pick(it));
    let chosen: Vec<&str> = chosen.filter(|it| !it.is_empty()).collect();
    chosen.join(" ")
}

/// Something that goes wrong with a sensor: how the customer tells it, and how it ends.
pub(super) struct Trouble {
    pub(super) subject: &'static str,
    pub(super) told: &'static str,
    pub(super) reason: &'static str,
    pub(super) kind: &'static str,
    pub(super) found: &'static str,
    /// The parameters that it happens to, by index; none for what concerns no sensor.
    pub(super) parameters: &'static [usize],
}

const EVERY: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7];

pub(super) const TROUBLES: &[Trouble] = &[
    Trouble {
        subject: "{Parameter} readings drift at {site}",
        told: "Since last week the {parameter} values creep upward by a few percent a day, \
               while our grab samples stay flat.",
        reason: "Performance",
        kind: "Electronic",
        found: "The last calibration had been made in cold solution. Repeated it at two points.",
        parameters: &[0, 1, 2, 3, 4, 5, 6],
    },
    Trouble {
        subject: "No data from {serial} since the night",
        told: "The last transmission arrived shortly after two in the morning. The gateway itself \
               still answers and the other channels look normal.",
        reason: "Breakdown",
        kind: "Electrical",
        found: "A connector had taken in water. Dried and greased it, and fitted a new sealing ring.",
        parameters: EVERY,
    },
    Trouble {
        subject: "{Parameter} value jumps when the pump starts",
        told: "Every time the second pump switches on, {parameter} jumps and comes back after about \
               ten minutes. It did not do that before the pump was changed.",
        reason: "Installation",
        kind: "Electrical",
        found: "The signal cable ran beside the pump's feed. Moved it into its own conduit.",
        parameters: &[0, 1, 3, 5],
    },
    Trouble {
        subject: "Wiper of {serial} no longer moves",
        told: "The wiper stops halfway and the status page shows a motor error. The window is \
               already green.",
        reason: "Breakdown",
        kind: "Mechanical",
        found: "Grit in the wiper shaft. Cleaned it, replaced the brush and the shaft seal.",
        parameters: &[2, 4, 6],
    },
    Trouble {
        subject: "Heavy fouling at {site}",
        told: "After the warm weeks the guard is full of mussels, and the {parameter} reading \
               follows the growth rather than the water.",
        reason: "Equipment Design",
        kind: "Structural",
        found: "Scraped the guard and fitted the copper version. Cleaning interval shortened to four weeks.",
        parameters: &[1, 2, 3, 4, 6],
    },
    Trouble {
        subject: "Alarm limits do not match the permit",
        told: "Our permit has changed and the {parameter} limit is now lower. We cannot find where \
               to set it for {serial} alone.",
        reason: "Equipment Complexity",
        kind: "Other",
        found: "Set the limit together on the phone and added the page to their operating manual.",
        parameters: EVERY,
    },
    Trouble {
        subject: "Battery low warning after two weeks",
        told: "The battery was new and is down to a third already. The sampling interval was not changed.",
        reason: "Performance",
        kind: "Electrical",
        found: "The modem kept searching for a network. A better antenna brought consumption back to normal.",
        parameters: EVERY,
    },
    Trouble {
        subject: "Calibration refused by {serial}",
        told: "The probe rejects the second point with a slope error, with fresh solution and after \
               cleaning twice.",
        reason: "Performance",
        kind: "Electronic",
        found: "The electrode was at the end of its life. With a new one the slope is back at 98 percent.",
        parameters: &[0, 5],
    },
    Trouble {
        subject: "Bracket bent after high water at {site}",
        told: "Driftwood hit the pole during the flood. The sensor still reads, but it hangs at an \
               angle and half a meter too high.",
        reason: "Other",
        kind: "Structural",
        found: "Straightened the pole, replaced the lower bracket and surveyed the depth again.",
        parameters: &[0, 1, 2, 3, 4, 6],
    },
    Trouble {
        subject: "Two sensors at {site} disagree",
        told: "The old and the new {parameter} sensor hang side by side and differ by eight percent. \
               Which one are we to believe?",
        reason: "Feedback",
        kind: "Other",
        found: "The older one had missed a calibration. After adjustment they agree within one percent.",
        parameters: &[0, 1, 2, 3, 4, 5, 6],
    },
    Trouble {
        subject: "Timestamps are one hour off",
        told: "Since the clocks changed, the data of {serial} arrive an hour late in our system.",
        reason: "Equipment Complexity",
        kind: "Electronic",
        found: "The export was set to local time. Changed it to UTC and resent the affected days.",
        parameters: EVERY,
    },
    Trouble {
        subject: "Noisy {parameter} signal during rain",
        told: "Whenever it rains, the {parameter} trace turns into a band of noise for some hours.",
        reason: "Installation",
        kind: "Mechanical",
        found: "Air bubbles from the inflow. Moved the sensor two meters downstream, out of the splash zone.",
        parameters: &[2, 4, 6],
    },
];

/// Requests that concern no sensor.
pub(super) const REQUESTS: &[Trouble] = &[
    Trouble {
        subject: "Copy of the calibration certificates",
        told: "Our auditor asks for the calibration certificates of the past two years.",
        reason: "Other",
        kind: "Other",
        found: "Sent the certificates as one document and explained where they can be downloaded.",
        parameters: &[],
    },
    Trouble {
        subject: "Invoice shows the wrong cost center",
        told: "The last invoice went to the wrong department. We need it again with cost center 4100.",
        reason: "Feedback",
        kind: "Other",
        found: "Corrected the billing address and issued the invoice again.",
        parameters: &[],
    },
    Trouble {
        subject: "Access for a new colleague",
        told: "A colleague starts on Monday and needs to see the stations of our region.",
        reason: "Other",
        kind: "Other",
        found: "Invited the colleague and limited the account to the region.",
        parameters: &[],
    },
    Trouble {
        subject: "Which solution for low conductivity?",
        told: "Our snowmelt is below 50 microsiemens. Which calibration solution do you recommend?",
        reason: "Equipment Complexity",
        kind: "Other",
        found: "Recommended the 84 microsiemens standard and a flow cell against carbon dioxide.",
        parameters: &[],
    },
    Trouble {
        subject: "Data export to our control system",
        told: "We would like the ten-minute values in our control system, by file or by interface.",
        reason: "Equipment Complexity",
        kind: "Electronic",
        found: "Set up an hourly export and tested it with their integrator.",
        parameters: &[],
    },
];

pub(super) const GREETINGS: &[&str] = &[
    "Good morning.",
    "Hello,",
    "",
    "Reported by phone.",
    "Dear Tidewater team,",
    "",
    "Hello all,",
];

pub(super) const PLEAS: &[&str] = &[
    "Can someone look at it this week?",
    "We have to report to the authority on Friday.",
    "It is not urgent, but we would like to understand it.",
    "Access is possible on workdays from seven to four.",
    "Do we need to send the sensor in?",
    "A call back would be welcome.",
    "Photos follow by e-mail.",
];

/// The same, where there is nothing to look at.
pub(super) const WISHES: &[&str] = &[
    "A short answer by e-mail is enough.",
    "A call back would be welcome.",
    "It is not urgent.",
    "By the end of the week would help.",
];

/// First comments on a case, by us.
pub(super) const REPLIES: &[&str] = &[
    "Called back and went through the status page together.",
    "Asked for the log file of the past seven days.",
    "Checked the raw values: the pattern is visible in the data platform too.",
    "Looked at the last two calibrations, both were within limits.",
    "Put a spare on hold in the warehouse until we know more.",
    "The serial number is still under warranty.",
];

/// Later comments.
pub(super) const PROGRESS: &[&str] = &[
    "The log shows restarts at irregular times.",
    "The customer cleaned the sensor; the reading improved for a day only.",
    "A visit is arranged, the gate code is in the access notes.",
    "Waiting for the customer's laboratory values.",
    "Spare part ordered, expected within three working days.",
    "Talked to development: known with this firmware, update available.",
];

/// What an engineer writes about a visit: arrival, then what was found and done.
pub(super) const ARRIVALS: &[&str] = &[
    "Access without difficulty.",
    "Met the operator at the gate.",
    "Water level high, worked from the ladder.",
    "Windy, boat only as far as the second pile.",
    "Key collected at the control room.",
    "Rain in the morning, clear water by noon.",
    "Low tide, site reachable on foot.",
    "Site induction renewed, valid for a year.",
];

pub(super) const INSTALLATIONS: &[&str] = &[
    "Mounted the bracket, hung the sensor and ran the cable to the cabinet.",
    "Installed on the new pole; first values arrived in the platform after five minutes.",
    "Replaced the old probe, the existing bracket fits after drilling one hole.",
    "Commissioned with the customer; grab sample and reading agree.",
];

pub(super) const CALIBRATIONS: &[&str] = &[
    "Cleaned the window, two-point calibration passed at the first try.",
    "Light biofilm, removed with a soft cloth. Slope and offset within limits.",
    "Compared with the handheld meter before and after adjustment.",
    "Calibrated in the bucket on shore; zero was slightly high.",
    "Reference solution from a fresh batch. Temperature sensor checked as well.",
    "Heavy growth since the last visit, cleaned twice before the value settled.",
];

pub(super) const REPAIRS: &[&str] = &[
    "Replaced the wiper and its seal, ten test cycles without error.",
    "Exchanged the sensor cable; the old one was chafed at the bracket.",
    "New membrane and electrolyte, then a full calibration.",
    "Connector cleaned, dried and greased. Insulation measured: good.",
    "Swapped the electronics module, serial number of the housing unchanged.",
];

pub(super) const INSPECTIONS: &[&str] = &[
    "All fixings tight, cable without damage, anode half used.",
    "Cabinet dry, battery at 12.7 volts, desiccant replaced.",
    "Readings plausible against the neighboring station.",
    "Firmware updated on site, settings read back and compared.",
];

pub(super) const REMOVALS: &[&str] = &[
    "Sensor taken out and cleaned, bracket left in place for its successor.",
    "Station dismantled together with the customer's divers.",
];

pub(super) const DEPARTURES: &[&str] = &[
    "Nothing left open.",
    "Customer informed by phone.",
    "Next visit as planned.",
    "Used brushes disposed of at the workshop.",
    "Recommended a shorter cleaning interval in summer.",
    "Photos are in the report.",
    "",
];

pub(super) const FOLLOW_UPS: &[&str] = &[
    "The bracket needs a new bolt, to be brought along next time.",
    "Spare cable has to be ordered.",
    "The mooring should be looked at by a diver.",
];

/// What is sold, beside the renewal of service plans.
pub(super) const SCOPES: &[&str] = &[
    "Extension of the laboratory fleet",
    "Replacement of aging probes",
    "Second measuring station",
    "Telemetry upgrade",
    "Trial with two sondes",
    "Well field conductivity",
];

pub(super) const NEXT_STEPS: &[&str] = &[
    "Agree on the sampling points",
    "Call after the budget meeting",
    "Demonstrate the data platform",
    "Get the mooring plan from the harbor master",
    "Introduce our field engineer",
    "Send reference list",
    "Send revised quote",
    "Site survey with the operator",
    "Waiting for the tender documents",
];

pub(super) const SALE_NOTES: &[&str] = &[
    "The present probes are seven years old and fail at high turbidity.",
    "Funding depends on the regional water program; decision by the board.",
    "They compare us with their own laboratory, which samples twice a week.",
    "Price matters less than response time: the plant runs without staff at night.",
    "A trial over four weeks was asked for before any order.",
    "The authority requires continuous values from next year on.",
];

pub(super) const LEAD_NOTES: &[&str] = &[
    "Asked for a price list at the fair stand.",
    "Downloaded the calibration guide and left a number.",
    "Runs three ponds, loses oxygen in warm nights.",
    "Recommended by a neighboring utility.",
    "Interested in renting rather than buying.",
    "Plans a station below the new outfall.",
];

/// Subjects of tasks.
pub(super) const CALLS: &[&str] = &[
    "Call: agree on the date of the site survey",
    "Call: budget for next year",
    "Call: feedback on the trial",
    "Call: introduce the new account manager",
    "Call: open questions on the quote",
    "Call: renewal of the service plan",
];

pub(super) const MAILS: &[&str] = &[
    "Email: calibration certificates",
    "Email: confirm delivery date",
    "Email: data sheet and drawings",
    "Email: invitation to the webinar",
    "Email: summary of the meeting",
];

pub(super) const CHORES: &[&str] = &[
    "Check credit limit",
    "Order spare membranes",
    "Prepare demo kit",
    "Prepare quote",
    "Reserve boat for the visit",
    "Send Quote",
    "Update site access notes",
];

pub(super) const OUTCOMES: &[&str] = &[
    "Reached at the first try, friendly. Sends the drawing tomorrow.",
    "Left a message, calls back.",
    "Budget is approved, order expected within the month.",
    "Wants to see a reference in the same region first.",
    "Satisfied so far; asked about chlorophyll as an addition.",
    "No decision before the holidays.",
];

/// Subject of a meeting, and its length in minutes.
pub(super) const MEETINGS: &[(&str, i32)] = &[
    ("Meeting: annual review of the service plan", 90),
    ("Meeting: kickoff with the operators", 120),
    ("Meeting: presentation to the board", 60),
    ("Meeting: results of the trial", 60),
    ("Meeting: site survey", 180),
    ("Call: data platform walkthrough", 45),
    ("Call: quote in detail", 30),
];

/// Title of a note, text.
pub(super) const NOTES: &[(&str, &str)] = &[
    (
        "Before the visit",
        "Safety shoes and a life jacket are compulsory, also for guests. Parking only behind the \
         workshop. Lunch with the operators is the best time to talk.",
    ),
    (
        "Who decides what",
        "Operations chooses the instruments, purchasing negotiates the frame contract, and the \
         board signs above fifty thousand. Start with operations.",
    ),
    (
        "History",
        "Had sensors of another maker until a flood took the station. Bought two of ours as an \
         emergency measure and stayed.",
    ),
    (
        "Languages",
        "Reports in English are fine. For training on site somebody who speaks the local language \
         helps a great deal.",
    ),
    (
        "Plans",
        "A second intake is to be built within three years. Ask every spring how far the permit is.",
    ),
];
