//! The tables of the installer, held to the rules that Windows Installer silently suffers from: names of eight letters and three, identities that
//! stay, 64 bits, what a silent installation may decide.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_desktop::settings::schema::SETTINGS;

use super::msi::{Msi, Row};

/// What upgrades know the product by. It never changes.
const UPGRADE_CODE: &str = "{7C0C2C0E-5F0B-4B0E-9C53-4F6B1D0B3A11}";
/// The only keys that are written below HKLM.
const KEYS: [&str; 6] = [
    r"Software\Policies\Vestibule",
    r"Software\Vestibule",
    r"Software\Classes\fr.vestibule.app",
    r"Software\Classes\AppUserModelId\fr.vestibule.app",
    r"Software\Microsoft\Windows\CurrentVersion\App Paths",
    r"Software\Microsoft\Windows\CurrentVersion\Run",
];

/// Everything that is wrong with an installer.
fn faults(msi: &Msi) -> Vec<String> {
    let checks = [product, names, components, references, files, sequences, actions, properties, registry, upgrade];
    checks.into_iter().flat_map(|check| check(msi)).collect()
}

/// The sentence, unless it holds.
fn unless(holds: bool, fault: impl Into<String>) -> Option<String> {
    (!holds).then(|| fault.into())
}

fn number(row: &Row, column: &str) -> u32 {
    row[column].parse().unwrap_or_default()
}

fn column(msi: &Msi, table: &str, name: &str) -> Vec<String> {
    msi.table(table).iter().map(|row| row[name].clone()).collect()
}

fn product(msi: &Msi) -> Vec<String> {
    let version = msi.property("ProductVersion");
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    let text = msi.table("LaunchCondition").iter().map(|row| row["Description"].clone()).collect::<String>();
    [
        unless(msi.summary("Template") == "x64;1036", "it is not of 64 bits, in French"),
        unless(msi.summary("Version").starts_with("450 "), "64 bits take Windows Installer 2, long paths 4.5"),
        unless(msi.property("ALLUSERS") == "1", "it is not for the machine"),
        unless(msi.property("ProductLanguage") == "1036", "it is not in French"),
        unless(parts.len() == 3 && parts[0] < 256 && parts[1] < 256 && parts[2] < 65_536, format!("no version: {version}")),
        unless(is_identity(&msi.property("ProductCode")), "no product code"),
        unless(is_identity(&msi.summary("Revision number (UUID)")), "no package code"),
        unless(text.contains("déjà installée"), "letters of French are lost"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `{…}` in capitals, as the tables want it.
fn is_identity(text: &str) -> bool {
    let lengths: Vec<usize> = text.trim_matches(['{', '}']).split('-').map(str::len).collect();
    let is_hex = |letter: char| letter.is_ascii_digit() || ('A'..='F').contains(&letter) || letter == '-';
    lengths == [8, 4, 4, 4, 12] && text.starts_with('{') && text.ends_with('}') && text.trim_matches(['{', '}']).chars().all(is_hex)
}

/// Eight letters and three, of those that every file system takes.
fn is_short(name: &str) -> bool {
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let is_plain = |part: &str| part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_~-$".contains(letter));
    !stem.is_empty() && stem.len() <= 8 && ending.len() <= 3 && is_plain(stem) && is_plain(ending)
}

fn names(msi: &Msi) -> Vec<String> {
    let mut faults = Vec::new();
    let mut taken = BTreeSet::new();
    for (table, name, folder) in
        [("File", "FileName", "Component_"), ("Directory", "DefaultDir", "Directory_Parent"), ("Shortcut", "Name", "Directory_")]
    {
        for row in msi.table(table) {
            let (short, long) = row[name].split_once('|').unwrap_or((&row[name], &row[name]));
            // The root of the source is no folder.
            faults.extend(unless(is_short(short) || short == "SourceDir", format!("{table}: no short name: {}", row[name])));
            faults.extend(unless(!long.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|']), format!("{table}: no name: {long}")));
            // Files lie in one folder here, whatever their component.
            let folder = if table == "File" { "INSTALLDIR".to_owned() } else { row[folder].clone() };
            faults.extend(unless(taken.insert((folder, short.to_uppercase())), format!("{table}: twice in its folder: {short}")));
        }
    }
    faults
}

fn components(msi: &Msi) -> Vec<String> {
    let (files, values) = (column(msi, "File", "File"), column(msi, "Registry", "Registry"));
    let installed = column(msi, "FeatureComponents", "Component_");
    let mut identities = BTreeSet::new();
    let mut faults = Vec::new();
    for row in msi.table("Component") {
        let (name, attributes) = (&row["Component"], number(row, "Attributes"));
        // msidbComponentAttributes64bit, and RegistryKeyPath.
        faults.extend(unless(attributes & 256 != 0, format!("{name} is not of 64 bits")));
        let keys = if attributes & 4 == 0 { &files } else { &values };
        faults.extend(unless(keys.contains(&row["KeyPath"]), format!("{name} has no key path")));
        faults.extend(unless(is_identity(&row["ComponentId"]), format!("{name} has no identity")));
        faults.extend(unless(identities.insert(row["ComponentId"].clone()), format!("{name} has the identity of another")));
        faults.extend(unless(
            installed.iter().filter(|component| *component == name).count() == 1,
            format!("{name} is in no feature, or two"),
        ));
    }
    faults
}

/// Whatever a table names in another is there.
fn references(msi: &Msi) -> Vec<String> {
    let mut faults = Vec::new();
    for (table, name, other) in [
        ("File", "Component_", "Component"),
        ("Registry", "Component_", "Component"),
        ("Shortcut", "Component_", "Component"),
        ("FeatureComponents", "Component_", "Component"),
        ("FeatureComponents", "Feature_", "Feature"),
        ("Component", "Directory_", "Directory"),
        ("Shortcut", "Directory_", "Directory"),
        ("AppSearch", "Signature_", "RegLocator"),
    ] {
        let key = if other == "RegLocator" { "Signature_" } else { other };
        let known = column(msi, other, key);
        let lost = column(msi, table, name).into_iter().filter(|named| !known.contains(named));
        faults.extend(lost.map(|named| format!("{table} names {named}, which {other} lacks")));
    }
    let icons = column(msi, "Icon", "Name");
    faults.extend(unless(icons.contains(&msi.property("ARPPRODUCTICON")), "the icon of the list of programs is lost"));
    faults
}

/// What has a version is compared by it, what has none by its hash.
fn files(msi: &Msi) -> Vec<String> {
    let hashed = column(msi, "MsiFileHash", "File_");
    let files = msi.table("File");
    let sequences: BTreeSet<u32> = files.iter().map(|row| number(row, "Sequence")).collect();
    let last = msi.table("Media").iter().map(|row| number(row, "LastSequence")).max();
    let of_files = files.iter().filter_map(|row| {
        let is_program = row["FileName"].to_uppercase().ends_with(".EXE");
        let fits = row["Version"].is_empty() == hashed.contains(&row["File"]) && (!is_program || row["Version"].split('.').count() == 4);
        unless(fits, format!("{} is compared by neither, or both", row["File"]))
    });
    let mut faults: Vec<String> = of_files.collect();
    faults.extend(unless(sequences.len() == files.len(), "two files have one place in the cabinet"));
    faults.extend(unless(sequences.last().copied() == last, "the cabinet ends before its last file"));
    faults.extend(unless(
        column(msi, "Media", "Cabinet").iter().all(|cabinet| cabinet.starts_with('#')),
        "the cabinet is not in the package",
    ));
    faults
}

/// What was there is found, then kept, then judged; all of it before the components' conditions are.
fn sequences(msi: &Msi) -> Vec<String> {
    let mut faults = Vec::new();
    for table in ["InstallUISequence", "InstallExecuteSequence"] {
        let places: BTreeMap<String, u32> = msi.table(table).iter().map(|row| (row["Action"].clone(), number(row, "Sequence"))).collect();
        let order =
            |actions: &[&str]| actions.windows(2).all(|pair| places.get(pair[0]) < places.get(pair[1]) && places.contains_key(pair[0]));
        faults.extend(unless(
            order(&["FindRelatedProducts", "AppSearch", "LaunchConditions", "CostInitialize", "FileCost", "CostFinalize"]),
            format!("{table} is in no order"),
        ));
        for setting in SETTINGS {
            let keep = format!("Keep{}", setting.registry_value());
            faults.extend(unless(order(&["AppSearch", &keep, "LaunchConditions"]), format!("{table}: {keep} comes too late, or never")));
        }
        faults.extend(unless(places.values().collect::<BTreeSet<_>>().len() == places.len(), format!("{table}: two at one place")));
    }
    let places: BTreeMap<String, u32> =
        msi.table("InstallExecuteSequence").iter().map(|row| (row["Action"].clone(), number(row, "Sequence"))).collect();
    let removes = places.get("RemoveExistingProducts");
    faults.extend(unless(
        places.get("InstallValidate") < removes && removes < places.get("InstallInitialize"),
        "the version of before is removed too early, or beside the new one",
    ));
    faults
}

/// No program, script or library runs: properties are set (51), once, in the first sequence (256).
fn actions(msi: &Msi) -> Vec<String> {
    let mut faults: Vec<String> = msi
        .table("CustomAction")
        .iter()
        .filter_map(|row| unless(number(row, "Type") == 51 + 256, format!("{} runs something", row["Action"])))
        .collect();
    for table in ["Binary", "ServiceInstall", "ServiceControl", "RemoveFile"] {
        faults.extend(unless(msi.table(table).is_empty(), format!("{table} is not empty")));
    }
    faults
}

/// A public property that a silent installation gives, or a search found, reaches the half that has the machine's rights.
fn properties(msi: &Msi) -> Vec<String> {
    let list = |name| msi.property(name).split(';').map(str::to_owned).collect::<BTreeSet<_>>();
    let (secure, hidden) = (list("SecureCustomProperties"), list("MsiHiddenProperties"));
    let mut wanted: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.installer_property()).collect();
    wanted.extend(column(msi, "AppSearch", "Property"));
    wanted.extend(column(msi, "CustomAction", "Source"));
    wanted.extend(column(msi, "Upgrade", "ActionProperty"));
    for text in column(msi, "Component", "Condition").into_iter().chain(column(msi, "Registry", "Value")) {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let is_public = |word: &&str| word.len() > 3 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
        wanted.extend(words.filter(is_public).map(str::to_owned));
    }
    let mut faults: Vec<String> = wanted.iter().filter_map(|name| unless(secure.contains(name), format!("{name} is not secure"))).collect();
    for name in ["ENROLMENT_TOKEN", "KEPT_ENROLMENT_TOKEN", "PROXY", "KEPT_PROXY"] {
        faults.extend(unless(hidden.contains(name), format!("{name} is written into the log")));
    }
    faults
}

fn registry(msi: &Msi) -> Vec<String> {
    let mut faults = Vec::new();
    let mut settings = BTreeSet::new();
    for row in msi.table("Registry") {
        let key = &row["Key"];
        let is_known = KEYS.iter().any(|known| key.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\')));
        // 2: HKLM.
        faults.extend(unless(row["Root"] == "2" && is_known && !key.ends_with('\\'), format!("it writes into {key}")));
        if key == KEYS[0] {
            settings.insert(row["Name"].clone());
        }
    }
    let expected: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.registry_value()).collect();
    faults.extend(unless(settings == expected, "the settings that it writes are not those of the table"));
    // 2: a value, 16: of the registry of 64 bits.
    let searches = msi.table("RegLocator");
    faults.extend(
        searches.iter().filter_map(|row| unless(row["Type"] == "18", format!("{} looks in the other registry", row["Signature_"]))),
    );
    faults
}

fn upgrade(msi: &Msi) -> Vec<String> {
    let version = msi.property("ProductVersion");
    let rows = msi.table("Upgrade");
    let row = |property: &str| rows.iter().find(|row| row["ActionProperty"] == property);
    // 1: with what was chosen, 512: that version included; 2: only looked for.
    let replaced = row("WIX_UPGRADE_DETECTED").is_some_and(|row| row["VersionMax"] == version && row["Attributes"] == "513");
    let refused = row("WIX_DOWNGRADE_DETECTED").is_some_and(|row| row["VersionMin"] == version && row["Attributes"] == "2");
    let conditions = column(msi, "LaunchCondition", "Condition");
    let code = msi.property("UpgradeCode");
    [
        unless(code == UPGRADE_CODE && rows.iter().all(|row| row["UpgradeCode"] == UPGRADE_CODE), format!("another product: {code}")),
        unless(replaced, "what is older, or as old, stays beside it"),
        unless(refused && conditions.contains(&"NOT WIX_DOWNGRADE_DETECTED".to_owned()), "it takes the place of what is newer"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn the_tables_of_the_installer_are_without_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(faults(&Msi::of_stand_ins(folder.path(), 0, "1.0.0", |_| ())), Vec::<String>::new());
}

/// The rules themselves: each of these changes to the tables is seen.
#[test]
fn a_fault_of_the_tables_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = Msi::of_stand_ins(folder.path(), 0, "1.0.0", |_| ());
    for (statement, told) in [
        ("UPDATE File SET FileName='vestibule-app.exe' WHERE File='WindowExe'", "no short name"),
        ("UPDATE File SET FileName='VESTIB~1.EXE|vestibule.exe' WHERE File='CommandLineExe'", "twice in its folder"),
        ("UPDATE File SET Version='' WHERE File='WindowExe'", "compared by neither"),
        ("UPDATE File SET Sequence=9 WHERE File='WindowExe'", "ends before its last file"),
        ("UPDATE Component SET Attributes=4 WHERE Component='SettingProxy'", "SettingProxy is not of 64 bits"),
        ("UPDATE Component SET KeyPath='lost' WHERE Component='Window'", "no key path"),
        ("UPDATE Component SET ComponentId='{2B8B7A52-0C43-4B57-9D0A-0C1A40C1B001}' WHERE Component='Bill'", "identity of another"),
        ("UPDATE Component SET Directory_='LOST' WHERE Component='Bill'", "Directory lacks"),
        ("DELETE FROM FeatureComponents WHERE Component_='AutoStart'", "in no feature"),
        ("UPDATE InstallExecuteSequence SET Sequence=6601 WHERE Action='KeepLanguage'", "KeepLanguage comes too late"),
        ("DELETE FROM InstallUISequence WHERE Action='KeepLanguage'", "InstallUISequence: KeepLanguage comes too late, or never"),
        ("UPDATE InstallExecuteSequence SET Sequence=6500 WHERE Action='RemoveExistingProducts'", "removed too early, or beside"),
        ("UPDATE CustomAction SET Type=38 WHERE Action='KeepLanguage'", "KeepLanguage runs something"),
        ("UPDATE Property SET Value='COMPANION_URL' WHERE Property='SecureCustomProperties'", "KEPT_AUTOSTART is not secure"),
        ("UPDATE Property SET Value='PROXY' WHERE Property='MsiHiddenProperties'", "ENROLMENT_TOKEN is written into the log"),
        ("UPDATE Property SET Value='' WHERE Property='ALLUSERS'", "not for the machine"),
        ("UPDATE Property SET Value='1.0' WHERE Property='ProductVersion'", "no version"),
        ("UPDATE Property SET Value='{7C0C2C0E-5F0B-4B0E-9C53-4F6B1D0B3A12}' WHERE Property='UpgradeCode'", "another product"),
        ("UPDATE Registry SET Root=1 WHERE Component_='SettingProxy'", "it writes into"),
        ("UPDATE Registry SET Name='Other' WHERE Component_='SettingProxy'", "not those of the table"),
        ("UPDATE RegLocator SET Type=2 WHERE Signature_='KeptProxy'", "other registry"),
        ("DELETE FROM Upgrade WHERE ActionProperty='WIX_UPGRADE_DETECTED'", "stays beside it"),
        ("DELETE FROM LaunchCondition WHERE Condition='NOT WIX_DOWNGRADE_DETECTED'", "takes the place of what is newer"),
    ] {
        let faults = faults(&whole.changed(statement));
        assert!(faults.iter().any(|fault| fault.contains(told)), "{statement}: {faults:?}");
    }
}

/// Upgrades know components by their identity; Windows knows packages and products by theirs.
#[test]
fn identities_stay_where_the_same_is_meant_and_only_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let codes = |msi: &Msi| (msi.property("ProductCode"), msi.summary("Revision number (UUID)"));
    let components = |msi: &Msi| -> BTreeMap<String, String> {
        msi.table("Component").iter().map(|row| (row["Component"].clone(), row["ComponentId"].clone())).collect()
    };
    let first = Msi::of_stand_ins(folder.path(), 0, "1.0.0", |_| ());
    let (codes_of_first, of_first) = (codes(&first), components(&first));
    let again = Msi::of_stand_ins(folder.path(), 0, "1.0.0", |_| ());
    assert_eq!(codes(&again), codes_of_first, "the same programs");
    for (mark, version) in [(0, "1.0.1"), (1, "1.0.0")] {
        let other = Msi::of_stand_ins(folder.path(), mark, version, |_| ());
        assert_eq!(components(&other), of_first);
        assert!(codes(&other).0 != codes_of_first.0 && codes(&other).1 != codes_of_first.1, "{version}: another product, another package");
    }
}
