UPDATE Property SET Value='WIX_UPGRADE_DETECTED;WIX_DOWNGRADE_DETECTED;KEPT_COMPANION_URL;COMPANION_URL;KEPT_COMPANION_CA_FILE;COMPANION_CA_FILE;KEPT_CLIENT_ID;CLIENT_ID;KEPT_SERVICE_NAME;SERVICE_NAME;KEPT_ENROLMENT_TOKEN;ENROLMENT_TOKEN;KEPT_EXCHANGE;EXCHANGE;KEPT_RETURN_SCHEME;RETURN_SCHEME;KEPT_PROXY;PROXY;KEPT_PROXY_EXCEPTIONS;PROXY_EXCEPTIONS;KEPT_BROWSER;BROWSER;KEPT_BROWSER_PROFILE;BROWSER_PROFILE;KEPT_STRICT_LOOPBACK;STRICT_LOOPBACK;KEPT_ACTIVITY_SOURCE;ACTIVITY_SOURCE;KEPT_CARD_DETECTION;CARD_DETECTION;KEPT_ON_CARD_REMOVED;ON_CARD_REMOVED;KEPT_CARD_GRACE_SECONDS;CARD_GRACE_SECONDS;KEPT_RAISE_BEFORE_END;RAISE_BEFORE_END;KEPT_TRAY;TRAY;KEPT_LOG_FORMAT;LOG_FORMAT;KEPT_SUPPORT_ADDRESS;SUPPORT_ADDRESS;KEPT_SUPPORT_PHONE;SUPPORT_PHONE;KEPT_DEVICE_LABEL;DEVICE_LABEL;KEPT_LANGUAGE;LANGUAGE;KEPT_ZOOM;ZOOM;KEPT_AUTOSTART;AUTOSTART' WHERE Property='SecureCustomProperties'
UPDATE Component SET Condition='COMPANION_URL' WHERE Component='SettingCompanionUrl'
UPDATE CustomAction SET Type=307 WHERE Action='KeepCompanionUrl'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepCompanionUrl', 'NOT COMPANION_URL AND KEPT_COMPANION_URL', 51)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepCompanionUrl', 'NOT COMPANION_URL AND KEPT_COMPANION_URL', 51)
UPDATE Component SET Condition='COMPANION_CA_FILE' WHERE Component='SettingCompanionCaFile'
UPDATE CustomAction SET Type=307 WHERE Action='KeepCompanionCaFile'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepCompanionCaFile', 'NOT COMPANION_CA_FILE AND KEPT_COMPANION_CA_FILE', 52)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepCompanionCaFile', 'NOT COMPANION_CA_FILE AND KEPT_COMPANION_CA_FILE', 52)
UPDATE Component SET Condition='CLIENT_ID' WHERE Component='SettingClientId'
UPDATE CustomAction SET Type=307 WHERE Action='KeepClientId'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepClientId', 'NOT CLIENT_ID AND KEPT_CLIENT_ID', 53)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepClientId', 'NOT CLIENT_ID AND KEPT_CLIENT_ID', 53)
UPDATE Component SET Condition='SERVICE_NAME' WHERE Component='SettingServiceName'
UPDATE CustomAction SET Type=307 WHERE Action='KeepServiceName'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepServiceName', 'NOT SERVICE_NAME AND KEPT_SERVICE_NAME', 54)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepServiceName', 'NOT SERVICE_NAME AND KEPT_SERVICE_NAME', 54)
UPDATE Component SET Condition='ENROLMENT_TOKEN' WHERE Component='SettingEnrolmentToken'
UPDATE CustomAction SET Type=307 WHERE Action='KeepEnrolmentToken'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepEnrolmentToken', 'NOT ENROLMENT_TOKEN AND KEPT_ENROLMENT_TOKEN', 55)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepEnrolmentToken', 'NOT ENROLMENT_TOKEN AND KEPT_ENROLMENT_TOKEN', 55)
UPDATE Component SET Condition='EXCHANGE' WHERE Component='SettingExchange'
UPDATE CustomAction SET Type=307 WHERE Action='KeepExchange'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepExchange', 'NOT EXCHANGE AND KEPT_EXCHANGE', 56)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepExchange', 'NOT EXCHANGE AND KEPT_EXCHANGE', 56)
UPDATE Component SET Condition='RETURN_SCHEME' WHERE Component='SettingReturnScheme'
UPDATE CustomAction SET Type=307 WHERE Action='KeepReturnScheme'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepReturnScheme', 'NOT RETURN_SCHEME AND KEPT_RETURN_SCHEME', 57)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepReturnScheme', 'NOT RETURN_SCHEME AND KEPT_RETURN_SCHEME', 57)
UPDATE Component SET Condition='PROXY' WHERE Component='SettingProxy'
UPDATE CustomAction SET Type=307 WHERE Action='KeepProxy'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepProxy', 'NOT PROXY AND KEPT_PROXY', 58)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepProxy', 'NOT PROXY AND KEPT_PROXY', 58)
UPDATE Component SET Condition='PROXY_EXCEPTIONS' WHERE Component='SettingProxyExceptions'
UPDATE CustomAction SET Type=307 WHERE Action='KeepProxyExceptions'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepProxyExceptions', 'NOT PROXY_EXCEPTIONS AND KEPT_PROXY_EXCEPTIONS', 59)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepProxyExceptions', 'NOT PROXY_EXCEPTIONS AND KEPT_PROXY_EXCEPTIONS', 59)
UPDATE Component SET Condition='BROWSER' WHERE Component='SettingBrowser'
UPDATE CustomAction SET Type=307 WHERE Action='KeepBrowser'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepBrowser', 'NOT BROWSER AND KEPT_BROWSER', 60)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepBrowser', 'NOT BROWSER AND KEPT_BROWSER', 60)
UPDATE Component SET Condition='BROWSER_PROFILE' WHERE Component='SettingBrowserProfile'
UPDATE CustomAction SET Type=307 WHERE Action='KeepBrowserProfile'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepBrowserProfile', 'NOT BROWSER_PROFILE AND KEPT_BROWSER_PROFILE', 61)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepBrowserProfile', 'NOT BROWSER_PROFILE AND KEPT_BROWSER_PROFILE', 61)
UPDATE Component SET Condition='STRICT_LOOPBACK' WHERE Component='SettingStrictLoopback'
UPDATE CustomAction SET Type=307 WHERE Action='KeepStrictLoopback'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepStrictLoopback', 'NOT STRICT_LOOPBACK AND KEPT_STRICT_LOOPBACK', 62)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepStrictLoopback', 'NOT STRICT_LOOPBACK AND KEPT_STRICT_LOOPBACK', 62)
UPDATE Component SET Condition='ACTIVITY_SOURCE' WHERE Component='SettingActivitySource'
UPDATE CustomAction SET Type=307 WHERE Action='KeepActivitySource'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepActivitySource', 'NOT ACTIVITY_SOURCE AND KEPT_ACTIVITY_SOURCE', 63)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepActivitySource', 'NOT ACTIVITY_SOURCE AND KEPT_ACTIVITY_SOURCE', 63)
UPDATE Component SET Condition='CARD_DETECTION' WHERE Component='SettingCardDetection'
UPDATE CustomAction SET Type=307 WHERE Action='KeepCardDetection'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepCardDetection', 'NOT CARD_DETECTION AND KEPT_CARD_DETECTION', 64)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepCardDetection', 'NOT CARD_DETECTION AND KEPT_CARD_DETECTION', 64)
UPDATE Component SET Condition='ON_CARD_REMOVED' WHERE Component='SettingOnCardRemoved'
UPDATE CustomAction SET Type=307 WHERE Action='KeepOnCardRemoved'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepOnCardRemoved', 'NOT ON_CARD_REMOVED AND KEPT_ON_CARD_REMOVED', 65)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepOnCardRemoved', 'NOT ON_CARD_REMOVED AND KEPT_ON_CARD_REMOVED', 65)
UPDATE Component SET Condition='CARD_GRACE_SECONDS' WHERE Component='SettingCardGraceSeconds'
UPDATE CustomAction SET Type=307 WHERE Action='KeepCardGraceSeconds'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepCardGraceSeconds', 'NOT CARD_GRACE_SECONDS AND KEPT_CARD_GRACE_SECONDS', 66)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepCardGraceSeconds', 'NOT CARD_GRACE_SECONDS AND KEPT_CARD_GRACE_SECONDS', 66)
UPDATE Component SET Condition='RAISE_BEFORE_END' WHERE Component='SettingRaiseBeforeEnd'
UPDATE CustomAction SET Type=307 WHERE Action='KeepRaiseBeforeEnd'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepRaiseBeforeEnd', 'NOT RAISE_BEFORE_END AND KEPT_RAISE_BEFORE_END', 67)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepRaiseBeforeEnd', 'NOT RAISE_BEFORE_END AND KEPT_RAISE_BEFORE_END', 67)
UPDATE Component SET Condition='TRAY' WHERE Component='SettingTray'
UPDATE CustomAction SET Type=307 WHERE Action='KeepTray'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepTray', 'NOT TRAY AND KEPT_TRAY', 68)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepTray', 'NOT TRAY AND KEPT_TRAY', 68)
UPDATE Component SET Condition='LOG_FORMAT' WHERE Component='SettingLogFormat'
UPDATE CustomAction SET Type=307 WHERE Action='KeepLogFormat'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepLogFormat', 'NOT LOG_FORMAT AND KEPT_LOG_FORMAT', 69)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepLogFormat', 'NOT LOG_FORMAT AND KEPT_LOG_FORMAT', 69)
UPDATE Component SET Condition='SUPPORT_ADDRESS' WHERE Component='SettingSupportAddress'
UPDATE CustomAction SET Type=307 WHERE Action='KeepSupportAddress'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepSupportAddress', 'NOT SUPPORT_ADDRESS AND KEPT_SUPPORT_ADDRESS', 70)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepSupportAddress', 'NOT SUPPORT_ADDRESS AND KEPT_SUPPORT_ADDRESS', 70)
UPDATE Component SET Condition='SUPPORT_PHONE' WHERE Component='SettingSupportPhone'
UPDATE CustomAction SET Type=307 WHERE Action='KeepSupportPhone'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepSupportPhone', 'NOT SUPPORT_PHONE AND KEPT_SUPPORT_PHONE', 71)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepSupportPhone', 'NOT SUPPORT_PHONE AND KEPT_SUPPORT_PHONE', 71)
UPDATE Component SET Condition='DEVICE_LABEL' WHERE Component='SettingDeviceLabel'
UPDATE CustomAction SET Type=307 WHERE Action='KeepDeviceLabel'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepDeviceLabel', 'NOT DEVICE_LABEL AND KEPT_DEVICE_LABEL', 72)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepDeviceLabel', 'NOT DEVICE_LABEL AND KEPT_DEVICE_LABEL', 72)
UPDATE Component SET Condition='LANGUAGE' WHERE Component='SettingLanguage'
UPDATE CustomAction SET Type=307 WHERE Action='KeepLanguage'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepLanguage', 'NOT LANGUAGE AND KEPT_LANGUAGE', 73)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepLanguage', 'NOT LANGUAGE AND KEPT_LANGUAGE', 73)
UPDATE Component SET Condition='ZOOM' WHERE Component='SettingZoom'
UPDATE CustomAction SET Type=307 WHERE Action='KeepZoom'
INSERT INTO InstallUISequence (Action, Condition, Sequence) VALUES ('KeepZoom', 'NOT ZOOM AND KEPT_ZOOM', 74)
INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('KeepZoom', 'NOT ZOOM AND KEPT_ZOOM', 74)
