//! The catalogue in English.

use super::{ErrorCode, Explanation};

/// The same in English. One entry a code: the compiler asks for the missing one.
pub(super) const fn explanation(code: ErrorCode) -> Explanation {
    match code {
        ErrorCode::BrowserNotOpened => Explanation {
            title: "The browser does not open",
            cause: "Your workstation could not open a browser for the sign-in.",
            remedy: "Try again. If nothing opens, ask support to set a default browser.",
        },
        ErrorCode::LoopbackUnavailable => Explanation {
            title: "The sign-in cannot start",
            cause: "The app cannot receive the browser’s answer on this workstation: a security setting or another program prevents it.",
            remedy: "Try again. If nothing changes, ask support to let the app receive the browser’s answer.",
        },
        ErrorCode::KeyringUnavailable => Explanation {
            title: "Your session will not be kept",
            cause: "This workstation has no protected place to keep your session. You can work, but you will have to sign in again after closing the app.",
            remedy: "Go on as usual. Support can turn on the system’s keyring.",
        },
        ErrorCode::KeyringLocked => Explanation {
            title: "Your keyring is locked",
            cause: "The app keeps your session there and could not read it.",
            remedy: "Type the keyring’s password when the system asks for it, then try again.",
        },
        ErrorCode::SettingsInvalid => Explanation {
            title: "This workstation’s configuration is wrong",
            cause: "One of the app’s configuration files has a mistake or an unknown setting in it.",
            remedy: "Tell support: the checks of this workstation name the file to correct.",
        },
        ErrorCode::CompanionAddressRefused => Explanation {
            title: "The sign-in server’s address is refused",
            cause: "The one set on this workstation is not secure, or is not the one that is expected.",
            remedy: "Tell support: the address must begin with https and come from the workstation policy.",
        },
        ErrorCode::LoopbackFlooded => Explanation {
            title: "The sign-in was stopped as a precaution",
            cause: "Another program on this workstation sent too many requests to the app during the sign-in.",
            remedy: "Try again. If it happens again, ask support to check this workstation.",
        },
        ErrorCode::ReturnRefused => Explanation {
            title: "The browser’s answer is refused",
            cause: "It does not match your request. As a precaution, no session was opened.",
            remedy: "Close the old tabs, then start again from the app.",
        },
        ErrorCode::LocalStorageFailed => Explanation {
            title: "A file could not be saved",
            cause: "The app could not write on this workstation: the disk is full or access is denied.",
            remedy: "Free some space, then try again. Otherwise, ask support to check the access rights.",
        },
        ErrorCode::ReturnSchemeUnregistered => Explanation {
            title: "This workstation is not ready for sign-in",
            cause: "The browser has to reopen the app through a link, and that link is not registered on this workstation.",
            remedy: "Tell support: the checks of this workstation name the link to register.",
        },
        ErrorCode::AnotherServer => Explanation {
            title: "Another server answered",
            cause: "What answers is not the sign-in server: the address set on this workstation is not the right one, or the network (access portal, filter) answers in its place.",
            remedy: "Open a page in the browser: if the network asks you to identify yourself there, do so, then try again. Otherwise, tell support: the address of the sign-in server has to be checked.",
        },
        ErrorCode::PolicyNotPermitted => Explanation {
            title: "The policy of this workstation cannot be read",
            cause: "This account may not read the file that gives the address of the sign-in server. This is not your fault.",
            remedy: "Tell support: the command vestibule doctor names the file or the folder, and the permission to give.",
        },
        ErrorCode::PolicyExposed => Explanation {
            title: "A security setting of this workstation is exposed",
            cause: "The file that says which server to trust can be changed by an account that is not an administrator’s. As a precaution, nothing was sent.",
            remedy: "Do not try again. Tell support: the checks name the file, its owner and the permissions to correct.",
        },
        ErrorCode::KeyringAmbiguous => Explanation {
            title: "Your keyring holds a duplicate",
            cause: "The keyring has two entries for this app. The newest one is used.",
            remedy: "You can go on: the duplicate is removed at the next sign-in. If it comes back, tell support.",
        },
        ErrorCode::KeyringSilent => Explanation {
            title: "Your keyring does not answer",
            cause: "The app asked it and had no answer. You can work, but you will have to sign in again after closing the app.",
            remedy: "Continue without it, or unlock it and restart the app. If it happens again, tell support.",
        },
        ErrorCode::KeyringFailed => Explanation {
            title: "Your keyring reports a failure",
            cause: "The keyring answered with an error. You can work, but you will have to sign in again after closing the app.",
            remedy: "Go on as usual. If it happens again, restart the workstation, then tell support.",
        },
        ErrorCode::KeyringUnfit => Explanation {
            title: "Your keyring refuses to store the app’s entry",
            cause: "This workstation cannot keep your session in its keyring. You can work, but you will have to sign in again after closing the app.",
            remedy: "Go on as usual and tell support: this workstation’s keyring is not suitable.",
        },
        ErrorCode::ProxyAuthenticationRequired => Explanation {
            title: "The network’s proxy asks for authentication",
            cause: "A proxy between this workstation and the sign-in server wants a name and a password. This is not your fault.",
            remedy: "Tell support: the proxy must let the app through without authentication. The checks say which one it is and who set it.",
        },
        ErrorCode::ProxyRefused => Explanation {
            title: "The network’s proxy refuses the connection",
            cause: "A proxy between this workstation and the sign-in server did not let the app through. This is not your fault.",
            remedy: "Tell support: the proxy must allow the sign-in server. The checks say which one it is and who set it.",
        },
        ErrorCode::ProxyUnreachable => Explanation {
            title: "The network’s proxy does not answer",
            cause: "This workstation has to go through a proxy to reach the sign-in server, and that proxy does not answer. This is not your fault.",
            remedy: "Check that the workstation is connected to the network, then try again. Otherwise tell support: the checks name the proxy and who set it.",
        },
        ErrorCode::HomeUnknown => Explanation {
            title: "The home folder cannot be found",
            cause: "The system names no home folder for this account: the app does not know where its configuration and logs are.",
            remedy: "Tell support: the account must have a home folder, or the HOME variable must name it.",
        },
        ErrorCode::InputClosed => Explanation {
            title: "The confirmation code cannot be typed",
            cause: "The confirmation code (eight letters) shown in the browser is typed into the command’s standard input, and this input is closed.",
            remedy: "Run the command in a terminal. A program that runs it keeps its standard input open and writes there what the person types.",
        },
        ErrorCode::CommandInterrupted => Explanation {
            title: "The command was interrupted",
            cause: "It was told to stop before its end (Ctrl-C, closed terminal, end of the program or of the system). What it had asked of the sign-in server already may be done.",
            remedy: "To know how things are, type “vestibule status”. Then run the command again if need be.",
        },
        ErrorCode::SettingReserved => Explanation {
            title: "A setting is not in its place",
            cause: "The person’s configuration file has a setting that only the workstation policy may set.",
            remedy: "Remove this setting from this file. If it is needed, ask support to put it into the workstation policy.",
        },
        ErrorCode::DevelopmentPolicyRefused => Explanation {
            title: "This policy can serve for a test only",
            cause: "The variable VESTIBULE_POLICY_FILE names a policy whose sign-in server is not on this workstation.",
            remedy: "For a real server, put it in the place of the workstation policy, and remove the variable. For a test, companion_url must name 127.0.0.1.",
        },
        ErrorCode::CommandRefused => Explanation {
            title: "The command could not be understood or followed",
            cause: "It has an unknown word, lacks one, or the workstation policy does not allow it.",
            remedy: "Type “--help” after the name of the program for the list of commands (“vestibule --help” on a workstation, “companion-server --help” on the server), and “--help” after a command for its options.",
        },
        ErrorCode::OutputUnwritten => Explanation {
            title: "The command’s answer could not be written",
            cause: "The command’s output is full, or nobody reads it any more.",
            remedy: "Make this output possible (room on the disk, redirection, a program that reads it to its end), then run it again: “vestibule status” tells who is signed in.",
        },
        ErrorCode::WebViewMissing => Explanation {
            title: "The window cannot open",
            cause: "The component Microsoft Edge WebView2, which shows the window on Windows, is not installed on this workstation, or does not start.",
            remedy: "Ask support to install the “WebView2 Runtime” (Evergreen). Meanwhile the same sign-in, without a window: “vestibule login”.",
        },
        ErrorCode::AppOutdated => Explanation {
            title: "The app has to be updated",
            cause: "The sign-in server no longer accepts this version of the app.",
            remedy: "Tell support: a later version has to be installed on this workstation. “About” and the checks say which.",
        },
        ErrorCode::ReportUnwritten => Explanation {
            title: "The report was not saved",
            cause: "The file of the report cannot be written there: the disk is full, access is denied, or a file of this name is there already.",
            remedy: "Free some space, or ask support to check the rights of this folder, then start again. On the command line, “--out” chooses another name or another folder. Nothing was left half written, and nothing was sent.",
        },
        ErrorCode::LogUnreadable => Explanation {
            title: "The log of this workstation cannot be read",
            cause: "The folder of the log, or one of its files, cannot be read: access is denied, or it is no folder.",
            remedy: "Ask support to check the rights of the folder: “vestibule log --folder” says which it is.",
        },
        ErrorCode::AppFault => Explanation {
            title: "The app ran into a problem",
            cause: "Something unforeseen happened. This is not your fault.",
            remedy: "Try again. If it happens again, close the app and open it again.",
        },
        ErrorCode::SignInExpired => Explanation {
            title: "This request is no longer valid",
            cause: "The sign-in was left unfinished for too long. No session was opened.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::RequestAlreadyOpened => Explanation {
            title: "This link was already used",
            cause: "A sign-in link opens only once, so that nobody else can use it.",
            remedy: "If the sign-in goes on in another tab, finish it there. Otherwise, go back to the app and start again.",
        },
        ErrorCode::BrowserMismatch => Explanation {
            title: "This is not the same browser",
            cause: "The sign-in must end in the browser where it began.",
            remedy: "Go back to the app and start again, without changing browsers or opening a private window.",
        },
        ErrorCode::SignInBurned => Explanation {
            title: "The sign-in was cancelled as a precaution",
            cause: "Another program seems to have tried to finish your sign-in in your place. No session was opened.",
            remedy: "Start again once. If it happens again, do not try any more and tell support.",
        },
        ErrorCode::CodeRefused => Explanation {
            title: "The sign-in could not be finished",
            cause: "The browser’s answer was already used, or came too late.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::ProofRefused => Explanation {
            title: "This workstation was not recognised",
            cause: "The sign-in server could not verify that the request came from this workstation.",
            remedy: "Try again. If it happens again, tell support.",
        },
        ErrorCode::TooManyRequests => Explanation {
            title: "Too many requests in a short time",
            cause: "Too many requests were sent in one minute, from this workstation or from the same network. It need not be your doing.",
            remedy: "Wait a minute, then start again.",
        },
        ErrorCode::ReturnAddressRefused => Explanation {
            title: "The app’s request is refused",
            cause: "The app asked for an answer at an address that the sign-in server does not accept.",
            remedy: "The app may need an update: support can check.",
        },
        ErrorCode::CallbackReplayed => Explanation {
            title: "This page was already used",
            cause: "The answer of Pro\u{a0}Santé\u{a0}Connect was already used, for example before you went back in the browser.",
            remedy: "Go back to the app: your session may already be open there. Otherwise, start again.",
        },
        ErrorCode::FormRefused => Explanation {
            title: "Your answer could not be verified",
            cause: "The confirmation page was too old, or did not belong to this sign-in.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::RequestMalformed => Explanation {
            title: "The request is incomplete",
            cause: "Part of the request is missing, or was changed on the way.",
            remedy: "Start again from the app, without using an old link. If it still shows this message, it may need an update.",
        },
        ErrorCode::SessionEnded => Explanation {
            title: "Your session has ended",
            cause: "It was closed, or no longer exists.",
            remedy: "Sign in again to carry on.",
        },
        ErrorCode::SessionRevoked => Explanation {
            title: "Your session was closed as a precaution",
            cause: "The authorisation of your session was used twice: it may have been copied. As a precaution, the session is closed.",
            remedy: "Sign in again. If it happens again, tell support.",
        },
        ErrorCode::SituationUnknown => Explanation {
            title: "This practice situation is no longer offered",
            cause: "It is not among those that Pro\u{a0}Santé\u{a0}Connect sends about you.",
            remedy: "Choose another one. If it should be there, have your RPPS data corrected by your registration authority (professional body, regional agency or employer).",
        },
        ErrorCode::ClientUnknown => Explanation {
            title: "The sign-in server does not know this app",
            cause: "The name under which the app introduces itself is not the one that the server expects.",
            remedy: "Tell support: the configurations of the workstation and of the server do not match.",
        },
        ErrorCode::SignInUnknown => Explanation {
            title: "This request cannot be found",
            cause: "It is over, or was started on another workstation.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::PathUnknown => Explanation {
            title: "This page does not exist",
            cause: "The address leads nowhere here. It may be incomplete.",
            remedy: "Close this page and start again from the app.",
        },
        ErrorCode::SignInPending => Explanation {
            title: "The sign-in goes on in the browser",
            cause: "The app is waiting until you are done in the browser.",
            remedy: "Finish in the browser. If you closed it, start again from the app.",
        },
        ErrorCode::ConfirmationCodeWrong => Explanation {
            title: "This is not the code shown",
            cause: "The code typed is not the one shown in your browser.",
            remedy: "Check the eight letters in the browser, then type them again.",
        },
        ErrorCode::ConfirmationTriesSpent => Explanation {
            title: "The confirmation code is no longer valid",
            cause: "It was typed wrongly five times, or too late. As a precaution, this sign-in is cancelled and no session was opened.",
            remedy: "Sign in again. Never give a confirmation code to anyone, not even to support.",
        },
        ErrorCode::NumberRefused => Explanation {
            title: "The two numbers do not match",
            cause: "The number picked in the browser is not the one shown in the app. As a precaution, no session was opened.",
            remedy: "Start again and pick the number shown in the app. If this request does not come from you, tell support.",
        },
        ErrorCode::ExchangeRefused => Explanation {
            title: "This workstation cannot sign in this way",
            cause: "The exchange mode asked for with the browser is not allowed on this workstation.",
            remedy: "Tell support: the allowed modes are set by the workstation’s group.",
        },
        ErrorCode::EnrolmentRefused => Explanation {
            title: "This workstation is not recognised",
            cause: "The enrolment token of this workstation is not, or no longer, valid.",
            remedy: "Tell support: the group’s enrolment token has to be deployed again.",
        },
        ErrorCode::RequestTooLarge => Explanation {
            title: "The request is too long",
            cause: "A request is far longer than what the app or the browser sends.",
            remedy: "Start again from the app. If this message comes back, something on the network may be changing what is sent: support can check.",
        },
        ErrorCode::RequestTooSlow => Explanation {
            title: "The request did not arrive in time",
            cause: "The network is very slow, or the connection was cut while sending.",
            remedy: "Try again. If this message comes back, support can have the network checked.",
        },
        ErrorCode::CompanionFull => Explanation {
            title: "The sign-in server is very busy",
            cause: "Too many people are signing in at once, perhaps from your network. Sign-ins under way go on.",
            remedy: "Wait a few seconds, then try again.",
        },
        ErrorCode::SignInDeclined => Explanation {
            title: "The sign-in was declined",
            cause: "It was declined in the browser. No session was opened.",
            remedy: "If that was a mistake, start again from the app. If this request does not come from you, tell support.",
        },
        ErrorCode::OwnPageClosed => Explanation {
            title: "This page no longer opens",
            cause: "It opens within ten minutes after a sign-in, while the session lasts, and in the same browser.",
            remedy: "Sign in again from the app, then open this page from the one that invites you to go back.",
        },
        ErrorCode::CookiesBlocked => Explanation {
            title: "Your browser blocks cookies",
            cause: "Without cookies nothing ties this browser to your sign-in: it could not show that it is you who comes back.",
            remedy: "Allow cookies for this site, or use another browser, then start again from the app.",
        },
        ErrorCode::SignInCancelled => Explanation {
            title: "This sign-in was cancelled",
            cause: "It was cancelled in the app. This page opened no session.",
            remedy: "You can close this sign-in’s tab. To sign in, start again from the app.",
        },
        ErrorCode::SignInReplaced => Explanation {
            title: "Another sign-in took over",
            cause: "The app opened its session through another sign-in, and no longer waits for this one.",
            remedy: "You can close this sign-in’s tab. If the app does not show your session, start again from its window.",
        },
        ErrorCode::BrowserFull => Explanation {
            title: "Too many sign-ins under way in this browser",
            cause: "Eight sign-ins are already under way in this browser. None was interrupted for this one.",
            remedy: "Finish or cancel one of them, then reload this page. Otherwise start again from the app in ten minutes: they will have expired.",
        },
        ErrorCode::SignInEndedByAdministrator => Explanation {
            title: "Support ended this sign-in",
            cause: "On the sign-in server, this workstation was forgotten, or a person erased, while this sign-in was under way.",
            remedy: "You can close this sign-in’s tab and start again from the app. If nobody told you, ask support why.",
        },
        ErrorCode::WorkstationForgotten => Explanation {
            title: "This workstation was forgotten",
            cause: "The person had this workstation forgotten while this sign-in was under way: it ended with it.",
            remedy: "To sign in, start again from the app.",
        },
        ErrorCode::SignOutAddressDead => Explanation {
            title: "This sign-out address is no longer valid",
            cause: "It was used in another browser, more than ten minutes have passed, or it was never given.",
            remedy: "If you had just signed out, ask once more in the app: for ten minutes it can give another address. On a shared workstation, close every window of the browser and remove your card.",
        },
        ErrorCode::SessionLocked => Explanation {
            title: "The session is locked",
            cause: "The card was removed, or the app locked the session: nothing of it is shown or passed on.",
            remedy: "Sign in again with Pro\u{a0}Santé\u{a0}Connect on this workstation: the session goes on where it was.",
        },
        ErrorCode::SessionNotOpen => Explanation {
            title: "This session is not open",
            cause: "No open session of yours has this number: it may have closed meanwhile.",
            remedy: "Show the list of your sessions again.",
        },
        ErrorCode::DecisionTaken => Explanation {
            title: "An answer was already given",
            cause: "This page has already received another answer, and the first one counts.",
            remedy: "Go back to the app: it shows the result. If it is not what you expected, sign out or start again.",
        },
        ErrorCode::CookiesTooLong => Explanation {
            title: "Your browser sends too many cookies",
            cause: "Other sites left so many cookies for this address that the request is too long to be read.",
            remedy: "Clear the cookies of this site and of sites of the same name, or use another browser, then start again from the app.",
        },
        ErrorCode::ProofNonceDue => Explanation {
            title: "The proof must carry the server’s nonce",
            cause: "The DPoP proof carries no current nonce of the server. This is the normal first step of a client: the DPoP-Nonce header of this answer gives one.",
            remedy: "For developers: send the request again with a proof that carries that nonce (RFC 9449, section 8). In an installed app: try again, then tell support.",
        },
        ErrorCode::ScopeUnknown => Explanation {
            title: "The requested scope does not exist",
            cause: "The app asked for a scope that the sign-in server does not know. The only one there is: session.",
            remedy: "For developers: ask for session, or for none. In an installed app: tell support.",
        },
        ErrorCode::ClockRefused => Explanation {
            title: "The clock of this workstation is wrong",
            cause: "The request of this workstation is dated more than five minutes away from the sign-in server’s own clock.",
            remedy: "Check the date and time of the workstation, then try again.",
        },
        ErrorCode::CompanionUnreachable => Explanation {
            title: "The sign-in server does not answer",
            cause: "The app had no answer from the server. This is not your fault.",
            remedy: "Check that the workstation is connected to the network, then try again in a minute.",
        },
        ErrorCode::CompanionUnavailable => Explanation {
            title: "The sign-in server is not available",
            cause: "The server, or the proxy in front of it, answers, but cannot serve for now. It is neither your fault nor that of this workstation’s network.",
            remedy: "Try again in a minute. If it goes on, tell support: the sign-in server is stopped, overloaded or under maintenance.",
        },
        ErrorCode::CompanionUntrusted => Explanation {
            title: "The sign-in server could not be verified",
            cause: "The address answers, but nothing proves that it is the sign-in server. As a precaution, nothing was sent.",
            remedy: "Do not try again. Tell support: the server’s certificate, the file of its authority on this workstation (companion_ca_file) or the clock must be checked.",
        },
        ErrorCode::CompanionFault => Explanation {
            title: "The sign-in server ran into a problem",
            cause: "Something unforeseen happened on the server. This is not your fault.",
            remedy: "Try again in a minute.",
        },
        ErrorCode::CompanionAnswerUnreadable => Explanation {
            title: "The sign-in server’s answer makes no sense",
            cause: "The app and the server may not have matching versions, or some network equipment alters what they send each other.",
            remedy: "Try again. If it goes on, the app may need an update.",
        },
        ErrorCode::GroupGone => Explanation {
            title: "This workstation’s group no longer exists",
            cause: "This workstation was enrolled in a group of workstations that the sign-in server’s configuration no longer has.",
            remedy: "Tell support: the group has to come back into the configuration, or the server has to forget the workstation (“companion-server devices forget”), or the enrolment token of another group has to be deployed here.",
        },
        ErrorCode::ConfigurationInvalid => Explanation {
            title: "The sign-in server’s configuration is wrong",
            cause: "The file is missing or unreadable, or a value is missing, has an unknown name or is out of bounds. The message beside this code names what is at fault.",
            remedy: "Correct what is named, then check with “companion-server check-config”.",
        },
        ErrorCode::StorageUnavailable => Explanation {
            title: "The sign-in server cannot save anything",
            cause: "Its database is out of reach. This is not your fault.",
            remedy: "Try again in a minute. If it goes on, tell support: the database must be checked (path, access rights, disk space).",
        },
        ErrorCode::SealingKeyRefused => Explanation {
            title: "The encryption key is refused",
            cause: "The key file is missing, cannot be read, holds no key, or can be read by every account of the machine.",
            remedy: "Check its path, and reserve it for the server’s account (mode 0600). If it holds no key, put back a safe copy, or make another with “companion-server init-key”.",
        },
        ErrorCode::ListenerInsecure => Explanation {
            title: "The sign-in server is not protected by TLS",
            cause: "It would listen without encryption on an address that other machines can reach.",
            remedy: "Add the [listener.tls] section, or listen on 127.0.0.1 behind a reverse proxy.",
        },
        ErrorCode::EnvironmentMixed => Explanation {
            title: "Two environments are mixed",
            cause: "The configuration brings together addresses of the simulator, the sandbox or production, or names the database of another environment than its own.",
            remedy: "Keep a single environment in the [psc] section, and one database for each environment.",
        },
        ErrorCode::ListenerUnavailable => Explanation {
            title: "The listening address is not available",
            cause: "Another program holds it, or the system forbids it.",
            remedy: "Free it or choose another one in the configuration, then start the server again.",
        },
        ErrorCode::CertificateRefused => Explanation {
            title: "A certificate cannot be used",
            cause: "It has expired, is not valid yet, does not match its key, or its file cannot be read.",
            remedy: "Install a valid certificate with its key; the message says which one is at fault.",
        },
        ErrorCode::CertificateExpiring => Explanation {
            title: "A certificate is about to expire",
            cause: "Once it has expired, sign-ins with Pro\u{a0}Santé\u{a0}Connect will fail.",
            remedy: "Ask for its renewal, then replace the file: the server takes it up automatically.",
        },
        ErrorCode::SealingKeyBesideDatabase => Explanation {
            title: "The encryption key lies beside the database",
            cause: "A copy of this folder would contain the key too: the encrypted data could be read.",
            remedy: "Move the key to another folder, name it in “vault.key_file”, then restart the server.",
        },
        ErrorCode::SealingKeyForgotten => Explanation {
            title: "This key file is out of date",
            cause: "Its first key was retired by a rotation. The database refuses what it would encrypt.",
            remedy: "Put back the key file that the rotation wrote. “companion-server vault status” names the keys.",
        },
        ErrorCode::KeyRotationUnfinished => Explanation {
            title: "The rotation of the encryption key is not finished",
            cause: "It was interrupted. Nothing is lost: the data stays readable with the former and the new key.",
            remedy: "Follow the message beside this code, then run the same command again: it takes up where it was.",
        },
        ErrorCode::KeyRotationNotBegun => Explanation {
            title: "The rotation of the encryption key has not begun",
            cause: "The command cannot write the new key to where it would be used. Nothing has changed.",
            remedy: "Follow the message beside this code.",
        },
        ErrorCode::SetupValueMissing => Explanation {
            title: "A value is missing to write the configuration",
            cause: "A value that is needed was not given, and there is nobody to ask: standard input is no terminal, it ended, or the option --yes was given. Nothing was written.",
            remedy: "Give the option that the message names, or run the command in a terminal, without “--yes”.",
        },
        ErrorCode::SetupValueRefused => Explanation {
            title: "A value given for the configuration is refused",
            cause: "The value of the option that the message names is refused, or the file that it names. Nothing was written.",
            remedy: "Correct the value, then run the same command again.",
        },
        ErrorCode::SetupWouldReplace => Explanation {
            title: "There is already a file of this name",
            cause: "The command would have to replace a configuration or a secret that exists. Nothing was written.",
            remedy: "Change that file, or run the command again with “--force”: the former configuration is kept beside it, under a dated name. The encryption key is never replaced.",
        },
        ErrorCode::SetupNotWritten => Explanation {
            title: "The configuration was not written",
            cause: "The command was interrupted, or could not write. Whatever it had written was taken back.",
            remedy: "Follow the message beside this code, then run the same command again.",
        },
        ErrorCode::BrandingRefused => Explanation {
            title: "The brand of the pages cannot be applied",
            cause: "In [branding], a name has characters that are not allowed, a colour has too little contrast, or the logo is not a drawing that stands alone.",
            remedy: "Correct what the message beside this code says, then “companion-server check-config”. Without the setting at fault, pages bear the brand of the program.",
        },
        ErrorCode::NothingToTell => Explanation {
            title: "Nothing matches what is asked for",
            cause: "The sign-in number, the period or the log that is given matches nothing known.",
            remedy: "Read the number on the screen again (7F3K-9QXM); check that “--config” names the sign-in server of this workstation, and that this account may read the logs that are given. An attempt without an identity is kept for one day.",
        },
        ErrorCode::ConformityRefused => Explanation {
            title: "The conformity dossier was not written",
            cause: "A file that was given is not the right one, or the folder that is named cannot be written. Nothing was replaced.",
            remedy: "Correct what the message says, then run the same command again. “--results” takes the file that “./dev test” leaves; “--sandbox”, a “dossier.json”.",
        },
        ErrorCode::BackupRefused => Explanation {
            title: "The database is not saved, or not restored",
            cause: "The database, the file that is named, or a sign-in server that uses this database is in the way. Nothing was done, and nothing was replaced.",
            remedy: "Correct what the message says, then run the same command again.",
        },
        ErrorCode::DatabaseDisplaced => Explanation {
            title: "A file of the database was removed or replaced",
            cause: "The sign-in server still writes into the former file (the database, or those beside it that end with -wal and -shm): what it puts there is lost if it is killed.",
            remedy: "Do not use kill -9. If the database itself was moved, put it back first. Then stop the server cleanly (systemctl stop, SIGTERM): it then puts all that it confirmed into the database. Start it again.",
        },
        ErrorCode::DestinationRefused => Explanation {
            title: "The file that was asked for cannot be made",
            cause: "The command did nothing: the file it has to write cannot be made in that place (missing folder, rights, or a file already there).",
            remedy: "Correct what the message says or name another place, then run the command again.",
        },
        ErrorCode::SealingKeyMissing => Explanation {
            title: "An encryption key is missing",
            cause: "Data in the database is encrypted with a key that is not in the key file. It cannot be read.",
            remedy: "Put back the original key file. If it is lost, the people concerned will have to sign in again.",
        },
        ErrorCode::ListenerCertificateRefused => Explanation {
            title: "The sign-in server’s own certificate cannot be used",
            cause: "The certificate or the key of [listener.tls] is unreadable, the key can be read by every account, or one was not made for the other.",
            remedy: "Put back chain and key as the authority gave them, the key reserved for the server’s account (mode 0600); the message says what is at fault.",
        },
        ErrorCode::ListenerCertificateUntrusted => Explanation {
            title: "Workstations will refuse the server’s certificate",
            cause: "Its name, its dates, its purpose or its chain does not suit the public address of the sign-in server.",
            remedy: "Ask for a server certificate in the name of that address, and install it with its whole chain.",
        },
        ErrorCode::ReloadRefused => Explanation {
            title: "The new configuration is refused",
            cause: "A file changed and its content is refused. The sign-in server keeps its former configuration.",
            remedy: "Correct the file that the message names, check it with “companion-server check-config”, then reload.",
        },
        ErrorCode::AdministrationRefused => Explanation {
            title: "The administration command is refused",
            cause: "It shows the secret file of the [administration] section: the configuration does not name it, this account cannot read it, or it is not that of the running server.",
            remedy: "Name the running server’s file in the configuration, and run the command with an account that can read it.",
        },
        ErrorCode::CompanionNotServing => Explanation {
            title: "No sign-in server answers on this machine",
            cause: "The command speaks to the running server, and nothing answers at its administration address.",
            remedy: "Start the server, or check “administration.address”, then run the command again.",
        },
        ErrorCode::NothingDesignated => Explanation {
            title: "The command names nothing that is known",
            cause: "No session, workstation or person matches what is given.",
            remedy: "For a session or a workstation, use the identifier that “sessions list” or “devices list” gives. For a person, check the national identifier with the person or the file: those lists give none.",
        },
        ErrorCode::AuditAltered => Explanation {
            title: "The audit trail was altered",
            cause: "A sealed day of the audit trail is no longer what was sealed: a line is missing, or has changed.",
            remedy: "Keep a copy of the database, compare it with a backup, and tell whoever is responsible for security.",
        },
        ErrorCode::CompanionUnanswered => Explanation {
            title: "The sign-in server did not answer the command",
            cause: "The connection to the administration address is accepted, then closed or left without an answer: the server is blocked, or stopping, or commands hold all of its places.",
            remedy: "Run the command again. If it goes on, see whether the server still answers (“companion-server doctor”) and who keeps connections open to that address (“ss -tnp”), then restart the server.",
        },
        ErrorCode::NotACompanion => Explanation {
            title: "What answers is not the sign-in server",
            cause: "Another program, or a sign-in server of another version, listens at the administration address.",
            remedy: "Check “administration.address”, and that the running server is of the same version as the command.",
        },
        ErrorCode::AdministrationTokenWeak => Explanation {
            title: "The administration secret protects nothing",
            cause: "The secret file of the [administration] section is empty, too short or easily guessed, can be read by other accounts or is not the server’s, or its folder is missing or can be changed by other accounts.",
            remedy: "Make the folder if it is missing and reserve it for the server’s account, delete the file, then start the server: it makes a new one.",
        },
        ErrorCode::PersonFileRefused => Explanation {
            title: "The file gives no national identifier",
            cause: "It is missing, this account cannot read it, or it does not hold one national identifier on one line.",
            remedy: "Write the national identifier into it, alone, and reserve that file for your account. Delete it afterwards.",
        },
        ErrorCode::AnswerUnwritten => Explanation {
            title: "The command’s answer could not be written",
            cause: "The command ran to its end: what it had to do is done. Only its answer is missing, because its output is full or cannot be written.",
            remedy: "Make its output possible (room on the disk, redirection), then run it again to read the result.",
        },
        ErrorCode::AccountLacksAccess => Explanation {
            title: "This account may not read the server’s files",
            cause: "A file that the configuration names, or the configuration itself, cannot be read by the account that runs the command.",
            remedy: "Run the command with the server’s account (sudo -u) or with root. If it is the server that says so, give its account the right to read that file, and to pass through its folders.",
        },
        ErrorCode::DesignationAmbiguous => Explanation {
            title: "The command names several workstations",
            cause: "The thumbprint given begins like those of several workstations.",
            remedy: "Give more of its characters, as “devices list” gives them.",
        },
        ErrorCode::StoreNotCopied => Explanation {
            title: "The data was not copied to the other database",
            cause: "One of the two databases is not in the state that this needs: the message beside this code says which. Neither was changed.",
            remedy: "Stop the sign-in servers, take an empty database to copy into, then run the command again.",
        },
        ErrorCode::PscUnreachable => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect does not answer",
            cause: "The sign-in server could not reach Pro\u{a0}Santé\u{a0}Connect. Neither your workstation nor your card is at fault.",
            remedy: "Try again in a minute.",
        },
        ErrorCode::PscUnavailable => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect is not available",
            cause: "Pro\u{a0}Santé\u{a0}Connect reports an outage or maintenance. It comes neither from you nor from the app.",
            remedy: "Try again in a few minutes.",
        },
        ErrorCode::PscAnswerUnreadable => Explanation {
            title: "The answer of Pro\u{a0}Santé\u{a0}Connect cannot be read",
            cause: "The sign-in server got from Pro\u{a0}Santé\u{a0}Connect an answer that it cannot read. No session was opened.",
            remedy: "Try again in a few minutes.",
        },
        ErrorCode::PscRequestRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect refused the request",
            cause: "The sign-in request was not accepted. The way the sign-in server is registered may need correcting.",
            remedy: "Try once more. If it is refused again, tell support: the registration must be checked (client id, redirect URL).",
        },
        ErrorCode::PscCodeRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect did not confirm who you are",
            cause: "The confirmation came too late, or had already been used.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::PscClientRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect did not recognise the sign-in server",
            cause: "The server’s own credentials were refused. This is not your fault.",
            remedy: "Tell support: the client id and the secret given for Pro\u{a0}Santé\u{a0}Connect must be checked.",
        },
        ErrorCode::IdTokenRefused => Explanation {
            title: "The proof of identity is not valid",
            cause: "A check on the answer of Pro\u{a0}Santé\u{a0}Connect failed. As a precaution, no session was opened.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::UserinfoRefused => Explanation {
            title: "Your identity could not be verified",
            cause: "What Pro\u{a0}Santé\u{a0}Connect sent does not agree with itself. As a precaution, no session was opened.",
            remedy: "Go back to the app and start again.",
        },
        ErrorCode::NationalIdRefused => Explanation {
            title: "Your national identifier could not be read",
            cause: "Pro\u{a0}Santé\u{a0}Connect did not send it, or sent it in a form that is not recognised.",
            remedy: "Tell support: they will report it to the Agence du Numérique en Santé, in charge of Pro\u{a0}Santé\u{a0}Connect.",
        },
        ErrorCode::PscDiscoveryRefused => Explanation {
            title: "The addresses of Pro\u{a0}Santé\u{a0}Connect cannot be used",
            cause: "Pro\u{a0}Santé\u{a0}Connect publishes its addresses and keys: the sign-in server could not verify them.",
            remedy: "Try again in a few minutes. If it goes on, tell support: the chosen environment and the network must be checked.",
        },
        ErrorCode::AssuranceLevelRefused => Explanation {
            title: "This means of identification is not enough",
            cause: "A safer means of identification than the one just used is needed.",
            remedy: "Start again with your CPS card or your e-CPS app.",
        },
        ErrorCode::PscIssuerMismatch => Explanation {
            title: "The answer does not come from Pro\u{a0}Santé\u{a0}Connect",
            cause: "Its issuer is not the expected one. As a precaution, no session was opened.",
            remedy: "Close the old tabs, then start again from the app.",
        },
        ErrorCode::PscCertificateRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect refuses the server’s certificate",
            cause: "The certificate has expired, is not the declared one, or is missing. This is not your fault.",
            remedy: "Tell support: the certificate presented to Pro\u{a0}Santé\u{a0}Connect must be checked.",
        },
        ErrorCode::PscUntrusted => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect’s identity could not be verified",
            cause: "The certificate presented is not recognised. As a precaution, nothing was sent.",
            remedy: "Tell support: a certification authority is missing, or a device of the network intercepts TLS.",
        },
        ErrorCode::ClockWrong => Explanation {
            title: "The sign-in server’s clock is wrong",
            cause: "The clocks of the server and of Pro\u{a0}Santé\u{a0}Connect are too far apart. Neither your workstation nor your card is at fault.",
            remedy: "Tell support: the server’s clock is to be set. Trying again will change nothing.",
        },
        ErrorCode::PscProxyRefused => Explanation {
            title: "The proxy blocks Pro\u{a0}Santé\u{a0}Connect",
            cause: "The sign-in server goes through an outgoing proxy, which does not answer or refuses. This is not your fault.",
            remedy: "Tell support: the address, the account or the rules of that proxy are to be checked.",
        },
        ErrorCode::CardServiceMissing => Explanation {
            title: "No card detection on this workstation",
            cause: "No smart card service answers. Signing in does not depend on it: card and e-CPS still work in the browser.",
            remedy: "For cards to be detected, ask support to install the system’s service (package pcscd on Debian) and the reader’s driver.",
        },
        ErrorCode::CardServiceRefused => Explanation {
            title: "Card detection is refused to this session",
            cause: "The smart card service answers, but not to this session of the workstation: often a remote one. Signing in does not depend on it.",
            remedy: "Support may allow it by the rules of the system (polkit on Linux).",
        },
        ErrorCode::CardReaderMissing => Explanation {
            title: "No card reader is detected",
            cause: "The smart card service runs and knows no reader: unplugged, without a driver, or of a kind that the system does not recognise.",
            remedy: "Check the reader’s plug and driver. A two-slot reader driven by GALSS is not detected here, and works in the browser all the same.",
        },
        ErrorCode::CardMute => Explanation {
            title: "The card does not answer its reader",
            cause: "It is not fully inserted, upside down, or its chip is dirty or damaged.",
            remedy: "Take it out, wipe the chip, put it back fully, chip first, then try again.",
        },
        ErrorCode::CardsSeveral => Explanation {
            title: "Several CPS cards are in the readers",
            cause: "The app does not know which one is yours: pulling a card neither closes nor locks anything.",
            remedy: "Leave your own card only, then try again.",
        },
    }
}
