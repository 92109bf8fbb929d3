//! The metadata files that ship with Candor, embedded: path below `standard/`, then text.
//!
//! One entry for each line of `index.txt`, in its order. Adding a file means adding it to both.
//! The files are the definition; nothing here knows what is in them.

pub(crate) const FILES: &[(&str, &str)] = &[
    (
        "layouts/Account-Account Layout.layout-meta.xml",
        include_str!("layouts/Account-Account Layout.layout-meta.xml"),
    ),
    (
        "layouts/Asset-Asset Layout.layout-meta.xml",
        include_str!("layouts/Asset-Asset Layout.layout-meta.xml"),
    ),
    (
        "layouts/Campaign-Campaign Layout.layout-meta.xml",
        include_str!("layouts/Campaign-Campaign Layout.layout-meta.xml"),
    ),
    (
        "layouts/CampaignMember-Campaign Member Layout.layout-meta.xml",
        include_str!("layouts/CampaignMember-Campaign Member Layout.layout-meta.xml"),
    ),
    (
        "layouts/CampaignMemberStatus-Campaign Member Status Layout.layout-meta.xml",
        include_str!("layouts/CampaignMemberStatus-Campaign Member Status Layout.layout-meta.xml"),
    ),
    (
        "layouts/Case-Case Layout.layout-meta.xml",
        include_str!("layouts/Case-Case Layout.layout-meta.xml"),
    ),
    (
        "layouts/CaseComment-Case Comment Layout.layout-meta.xml",
        include_str!("layouts/CaseComment-Case Comment Layout.layout-meta.xml"),
    ),
    (
        "layouts/Contact-Contact Layout.layout-meta.xml",
        include_str!("layouts/Contact-Contact Layout.layout-meta.xml"),
    ),
    (
        "layouts/Contract-Contract Layout.layout-meta.xml",
        include_str!("layouts/Contract-Contract Layout.layout-meta.xml"),
    ),
    (
        "layouts/EmailMessage-Email Message Layout.layout-meta.xml",
        include_str!("layouts/EmailMessage-Email Message Layout.layout-meta.xml"),
    ),
    (
        "layouts/Event-Event Layout.layout-meta.xml",
        include_str!("layouts/Event-Event Layout.layout-meta.xml"),
    ),
    (
        "layouts/Individual-Individual Layout.layout-meta.xml",
        include_str!("layouts/Individual-Individual Layout.layout-meta.xml"),
    ),
    (
        "layouts/Lead-Lead Layout.layout-meta.xml",
        include_str!("layouts/Lead-Lead Layout.layout-meta.xml"),
    ),
    (
        "layouts/Note-Note Layout.layout-meta.xml",
        include_str!("layouts/Note-Note Layout.layout-meta.xml"),
    ),
    (
        "layouts/Opportunity-Opportunity Layout.layout-meta.xml",
        include_str!("layouts/Opportunity-Opportunity Layout.layout-meta.xml"),
    ),
    (
        "layouts/OpportunityContactRole-Opportunity Contact Role Layout.layout-meta.xml",
        include_str!(
            "layouts/OpportunityContactRole-Opportunity Contact Role Layout.layout-meta.xml"
        ),
    ),
    (
        "layouts/OpportunityLineItem-Opportunity Product Layout.layout-meta.xml",
        include_str!("layouts/OpportunityLineItem-Opportunity Product Layout.layout-meta.xml"),
    ),
    (
        "layouts/Order-Order Layout.layout-meta.xml",
        include_str!("layouts/Order-Order Layout.layout-meta.xml"),
    ),
    (
        "layouts/OrderItem-Order Product Layout.layout-meta.xml",
        include_str!("layouts/OrderItem-Order Product Layout.layout-meta.xml"),
    ),
    (
        "layouts/Pricebook2-Price Book Layout.layout-meta.xml",
        include_str!("layouts/Pricebook2-Price Book Layout.layout-meta.xml"),
    ),
    (
        "layouts/PricebookEntry-Price Book Entry Layout.layout-meta.xml",
        include_str!("layouts/PricebookEntry-Price Book Entry Layout.layout-meta.xml"),
    ),
    (
        "layouts/Product2-Product Layout.layout-meta.xml",
        include_str!("layouts/Product2-Product Layout.layout-meta.xml"),
    ),
    (
        "layouts/Task-Task Layout.layout-meta.xml",
        include_str!("layouts/Task-Task Layout.layout-meta.xml"),
    ),
    (
        "layouts/User-User Layout.layout-meta.xml",
        include_str!("layouts/User-User Layout.layout-meta.xml"),
    ),
    ("objects/Account.object-meta.xml", include_str!("objects/Account.object-meta.xml")),
    ("objects/Asset.object-meta.xml", include_str!("objects/Asset.object-meta.xml")),
    ("objects/Attachment.object-meta.xml", include_str!("objects/Attachment.object-meta.xml")),
    (
        "objects/BusinessHours.object-meta.xml",
        include_str!("objects/BusinessHours.object-meta.xml"),
    ),
    (
        "objects/BusinessProcess.object-meta.xml",
        include_str!("objects/BusinessProcess.object-meta.xml"),
    ),
    ("objects/Campaign.object-meta.xml", include_str!("objects/Campaign.object-meta.xml")),
    (
        "objects/CampaignMember.object-meta.xml",
        include_str!("objects/CampaignMember.object-meta.xml"),
    ),
    (
        "objects/CampaignMemberStatus.object-meta.xml",
        include_str!("objects/CampaignMemberStatus.object-meta.xml"),
    ),
    ("objects/Case.object-meta.xml", include_str!("objects/Case.object-meta.xml")),
    ("objects/CaseComment.object-meta.xml", include_str!("objects/CaseComment.object-meta.xml")),
    ("objects/CaseStatus.object-meta.xml", include_str!("objects/CaseStatus.object-meta.xml")),
    ("objects/Contact.object-meta.xml", include_str!("objects/Contact.object-meta.xml")),
    (
        "objects/ContentDocument.object-meta.xml",
        include_str!("objects/ContentDocument.object-meta.xml"),
    ),
    (
        "objects/ContentDocumentLink.object-meta.xml",
        include_str!("objects/ContentDocumentLink.object-meta.xml"),
    ),
    (
        "objects/ContentVersion.object-meta.xml",
        include_str!("objects/ContentVersion.object-meta.xml"),
    ),
    (
        "objects/ContentWorkspace.object-meta.xml",
        include_str!("objects/ContentWorkspace.object-meta.xml"),
    ),
    ("objects/Contract.object-meta.xml", include_str!("objects/Contract.object-meta.xml")),
    ("objects/CronTrigger.object-meta.xml", include_str!("objects/CronTrigger.object-meta.xml")),
    ("objects/EmailMessage.object-meta.xml", include_str!("objects/EmailMessage.object-meta.xml")),
    (
        "objects/EmailTemplate.object-meta.xml",
        include_str!("objects/EmailTemplate.object-meta.xml"),
    ),
    ("objects/Event.object-meta.xml", include_str!("objects/Event.object-meta.xml")),
    (
        "objects/FieldPermissions.object-meta.xml",
        include_str!("objects/FieldPermissions.object-meta.xml"),
    ),
    (
        "objects/FiscalYearSettings.object-meta.xml",
        include_str!("objects/FiscalYearSettings.object-meta.xml"),
    ),
    ("objects/Folder.object-meta.xml", include_str!("objects/Folder.object-meta.xml")),
    ("objects/Group.object-meta.xml", include_str!("objects/Group.object-meta.xml")),
    ("objects/GroupMember.object-meta.xml", include_str!("objects/GroupMember.object-meta.xml")),
    ("objects/Individual.object-meta.xml", include_str!("objects/Individual.object-meta.xml")),
    ("objects/Lead.object-meta.xml", include_str!("objects/Lead.object-meta.xml")),
    ("objects/LeadStatus.object-meta.xml", include_str!("objects/LeadStatus.object-meta.xml")),
    ("objects/ListView.object-meta.xml", include_str!("objects/ListView.object-meta.xml")),
    ("objects/Note.object-meta.xml", include_str!("objects/Note.object-meta.xml")),
    (
        "objects/ObjectPermissions.object-meta.xml",
        include_str!("objects/ObjectPermissions.object-meta.xml"),
    ),
    ("objects/Opportunity.object-meta.xml", include_str!("objects/Opportunity.object-meta.xml")),
    (
        "objects/OpportunityContactRole.object-meta.xml",
        include_str!("objects/OpportunityContactRole.object-meta.xml"),
    ),
    (
        "objects/OpportunityHistory.object-meta.xml",
        include_str!("objects/OpportunityHistory.object-meta.xml"),
    ),
    (
        "objects/OpportunityLineItem.object-meta.xml",
        include_str!("objects/OpportunityLineItem.object-meta.xml"),
    ),
    (
        "objects/OpportunityStage.object-meta.xml",
        include_str!("objects/OpportunityStage.object-meta.xml"),
    ),
    ("objects/Order.object-meta.xml", include_str!("objects/Order.object-meta.xml")),
    ("objects/OrderItem.object-meta.xml", include_str!("objects/OrderItem.object-meta.xml")),
    ("objects/Organization.object-meta.xml", include_str!("objects/Organization.object-meta.xml")),
    ("objects/Period.object-meta.xml", include_str!("objects/Period.object-meta.xml")),
    (
        "objects/PermissionSet.object-meta.xml",
        include_str!("objects/PermissionSet.object-meta.xml"),
    ),
    (
        "objects/PermissionSetAssignment.object-meta.xml",
        include_str!("objects/PermissionSetAssignment.object-meta.xml"),
    ),
    ("objects/Pricebook2.object-meta.xml", include_str!("objects/Pricebook2.object-meta.xml")),
    (
        "objects/PricebookEntry.object-meta.xml",
        include_str!("objects/PricebookEntry.object-meta.xml"),
    ),
    ("objects/Product2.object-meta.xml", include_str!("objects/Product2.object-meta.xml")),
    ("objects/Profile.object-meta.xml", include_str!("objects/Profile.object-meta.xml")),
    ("objects/QueueSobject.object-meta.xml", include_str!("objects/QueueSobject.object-meta.xml")),
    ("objects/RecordType.object-meta.xml", include_str!("objects/RecordType.object-meta.xml")),
    ("objects/Task.object-meta.xml", include_str!("objects/Task.object-meta.xml")),
    ("objects/TaskPriority.object-meta.xml", include_str!("objects/TaskPriority.object-meta.xml")),
    ("objects/TaskStatus.object-meta.xml", include_str!("objects/TaskStatus.object-meta.xml")),
    ("objects/User.object-meta.xml", include_str!("objects/User.object-meta.xml")),
    ("objects/UserRole.object-meta.xml", include_str!("objects/UserRole.object-meta.xml")),
    (
        "standardValueSets/AccountOwnership.standardValueSet-meta.xml",
        include_str!("standardValueSets/AccountOwnership.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/AccountRating.standardValueSet-meta.xml",
        include_str!("standardValueSets/AccountRating.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/AccountType.standardValueSet-meta.xml",
        include_str!("standardValueSets/AccountType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/AssetStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/AssetStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CampaignMemberStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/CampaignMemberStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CampaignStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/CampaignStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CampaignType.standardValueSet-meta.xml",
        include_str!("standardValueSets/CampaignType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CaseOrigin.standardValueSet-meta.xml",
        include_str!("standardValueSets/CaseOrigin.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CasePriority.standardValueSet-meta.xml",
        include_str!("standardValueSets/CasePriority.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CaseReason.standardValueSet-meta.xml",
        include_str!("standardValueSets/CaseReason.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CaseStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/CaseStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/CaseType.standardValueSet-meta.xml",
        include_str!("standardValueSets/CaseType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/ContactRole.standardValueSet-meta.xml",
        include_str!("standardValueSets/ContactRole.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/ContractStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/ContractStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/EmailEncoding.standardValueSet-meta.xml",
        include_str!("standardValueSets/EmailEncoding.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/EventSubject.standardValueSet-meta.xml",
        include_str!("standardValueSets/EventSubject.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/EventType.standardValueSet-meta.xml",
        include_str!("standardValueSets/EventType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/Industry.standardValueSet-meta.xml",
        include_str!("standardValueSets/Industry.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/Language.standardValueSet-meta.xml",
        include_str!("standardValueSets/Language.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/LeadSource.standardValueSet-meta.xml",
        include_str!("standardValueSets/LeadSource.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/LeadStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/LeadStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/Locale.standardValueSet-meta.xml",
        include_str!("standardValueSets/Locale.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/OpportunityStage.standardValueSet-meta.xml",
        include_str!("standardValueSets/OpportunityStage.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/OpportunityType.standardValueSet-meta.xml",
        include_str!("standardValueSets/OpportunityType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/OrderStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/OrderStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/OrderType.standardValueSet-meta.xml",
        include_str!("standardValueSets/OrderType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/Product2Family.standardValueSet-meta.xml",
        include_str!("standardValueSets/Product2Family.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/QuantityUnitOfMeasure.standardValueSet-meta.xml",
        include_str!("standardValueSets/QuantityUnitOfMeasure.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/Salutation.standardValueSet-meta.xml",
        include_str!("standardValueSets/Salutation.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/TaskPriority.standardValueSet-meta.xml",
        include_str!("standardValueSets/TaskPriority.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/TaskStatus.standardValueSet-meta.xml",
        include_str!("standardValueSets/TaskStatus.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/TaskSubject.standardValueSet-meta.xml",
        include_str!("standardValueSets/TaskSubject.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/TaskType.standardValueSet-meta.xml",
        include_str!("standardValueSets/TaskType.standardValueSet-meta.xml"),
    ),
    (
        "standardValueSets/TimeZone.standardValueSet-meta.xml",
        include_str!("standardValueSets/TimeZone.standardValueSet-meta.xml"),
    ),
];
