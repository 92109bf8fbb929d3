//! Campaigns, and who was reached by them.

use base::Date;

use super::super::dataset::{Cell, Cents, Record, RowKey};
use super::Scene;

/// A campaign that was added.
pub(super) struct Campaign {
    pub(super) key: RowKey,
    start: Date,
    end: Date,
    plan: &'static Plan,
}

struct Plan {
    name: &'static str,
    kind: &'static str,
    status: &'static str,
    /// First and last day, from today.
    days: (i32, i32),
    /// In whole units of currency.
    budget: u64,
    n_members: usize,
    description: &'static str,
}

const PLANS: &[Plan] = &[
    Plan {
        name: "Harbor Water Forum",
        kind: "Trade Show",
        status: "Completed",
        days: (-214, -211),
        budget: 24_000,
        n_members: 70,
        description: "Stand with a working buoy in a tank. Visitors left a card for the calibration guide.",
    },
    Plan {
        name: "Nitrate Without Reagents, Webinar",
        kind: "Webinar",
        status: "Completed",
        days: (-96, -96),
        budget: 1_500,
        n_members: 60,
        description: "An hour on ultraviolet absorption, with a utility that changed over two years ago.",
    },
    Plan {
        name: "Probe Trade-In",
        kind: "Direct Mail",
        status: "In Progress",
        days: (-40, 50),
        budget: 9_000,
        n_members: 80,
        description: "Fifteen percent off for every old probe that comes back, whoever made it.",
    },
    Plan {
        name: "Partner Referrals",
        kind: "Referral Program",
        status: "In Progress",
        days: (-180, 185),
        budget: 12_000,
        n_members: 25,
        description: "Installers who bring a site receive a calibration visit.",
    },
    Plan {
        name: "Calibration Newsletter",
        kind: "Email",
        status: "In Progress",
        days: (-60, 30),
        budget: 2_000,
        n_members: 90,
        description: "Three letters on cleaning, reference solutions and records for audits.",
    },
    Plan {
        name: "Aquaculture Days",
        kind: "Conference",
        status: "Planned",
        days: (48, 50),
        budget: 18_000,
        n_members: 0,
        description: "Oxygen and chlorophyll for ponds and cages; two talks by customers.",
    },
];

pub(super) fn add(scene: &mut Scene) {
    let mut random = scene.random("campaigns");
    for (number, plan) in PLANS.iter().enumerate() {
        let (start, end) = (scene.day(plan.days.0), scene.day(plan.days.1));
        let owner = 1 + number % 2;
        let done = plan.status == "Completed";
        let mut record = Record::new([
            ("Name", plan.name.into()),
            ("OwnerId", Cell::Employee(owner)),
            ("Type", plan.kind.into()),
            ("Status", plan.status.into()),
            ("IsActive", (plan.status == "In Progress").into()),
            ("StartDate", start.into()),
            ("EndDate", end.into()),
            ("Description", plan.description.into()),
            ("BudgetedCost", Cents(plan.budget * 100).into()),
            ("ExpectedRevenue", Cents(plan.budget * 900).into()),
            ("ExpectedResponse", 12.into()),
            ("NumberSent", i32::try_from(plan.n_members).unwrap_or_default().into()),
        ]);
        if done {
            record.set("ActualCost", Cents(plan.budget * 93));
        }
        let made = scene.day(plan.days.0.min(0) - 45);
        scene.stamp(&mut record, owner, (made, start), &mut random);
        let key = scene.data.add("Campaign", record);
        scene.campaigns.push(Campaign { key, start, end, plan });
    }
    let mut statuses = Vec::new();
    for campaign in &scene.campaigns {
        for (number, label) in ["Sent", "Responded"].into_iter().enumerate() {
            statuses.push(Record::new([
                ("CampaignId", campaign.key.into()),
                ("Label", label.into()),
                ("SortOrder", (number as i32 + 1).into()),
                ("IsDefault", (number == 0).into()),
                ("HasResponded", (number == 1).into()),
            ]));
        }
    }
    scene.data.add_all("CampaignMemberStatus", statuses);
}

/// Contacts in their order and every other lead, from a different place in each campaign.
pub(super) fn add_members(scene: &mut Scene) {
    let mut random = scene.random("campaign members");
    let mut members = Vec::new();
    for (number, campaign) in scene.campaigns.iter().enumerate() {
        for place in 0..campaign.plan.n_members {
            let is_lead = place % 4 == 3;
            let responded = random.chance(35);
            let last = Date(campaign.end.0.min(scene.yesterday().0));
            let first = Date(random.between(campaign.start.0, last.0));
            let status = if responded { "Responded" } else { "Sent" };
            let mut record =
                Record::new([("CampaignId", campaign.key.into()), ("Status", status.into())]);
            if is_lead {
                let lead = &scene.leads[(number * 31 + place) % scene.leads.len()];
                record.set("LeadId", lead.key);
            } else {
                let person = scene.people[(number * 137 + place * 7) % scene.people.len()];
                record.set("ContactId", person);
            }
            if responded {
                record.set("FirstRespondedDate", first);
            }
            scene.stamp(&mut record, 1 + number % 2, (campaign.start, first), &mut random);
            members.push(record);
        }
    }
    scene.data.add_all("CampaignMember", members);
}
