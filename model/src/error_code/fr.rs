//! The catalogue in French.

use super::{ErrorCode, Explanation};

/// What a person reads in French. One entry a code: the compiler asks for the missing one.
pub(super) const fn explanation(code: ErrorCode) -> Explanation {
    match code {
        ErrorCode::BrowserNotOpened => Explanation {
            title: "Le navigateur ne s’ouvre pas",
            cause: "Votre poste n’a pas pu ouvrir de navigateur pour la connexion.",
            remedy: "Réessayez. Si rien ne s’ouvre, demandez au support de choisir un navigateur par défaut.",
        },
        ErrorCode::LoopbackUnavailable => Explanation {
            title: "La connexion ne peut pas commencer",
            cause: "L’application ne peut pas recevoir la réponse du navigateur sur ce poste\u{a0}: un réglage de sécurité ou un autre logiciel l’en empêche.",
            remedy: "Réessayez. Si rien ne change, demandez au support d’autoriser l’application à recevoir la réponse du navigateur.",
        },
        ErrorCode::KeyringUnavailable => Explanation {
            title: "Votre session ne sera pas conservée",
            cause: "Ce poste n’a pas d’espace protégé pour conserver votre session. Vous pouvez travailler, mais il faudra vous identifier de nouveau après avoir fermé l’application.",
            remedy: "Continuez normalement. Le support peut activer le trousseau de clés du système.",
        },
        ErrorCode::KeyringLocked => Explanation {
            title: "Votre trousseau de clés est verrouillé",
            cause: "L’application y conserve votre session et n’a pas pu la lire.",
            remedy: "Saisissez le mot de passe du trousseau quand le système le demande, puis réessayez.",
        },
        ErrorCode::SettingsInvalid => Explanation {
            title: "La configuration de ce poste est incorrecte",
            cause: "Un fichier de configuration de l’application contient une erreur ou un paramètre inconnu.",
            remedy: "Prévenez le support\u{a0}: le diagnostic de ce poste indique le fichier à corriger.",
        },
        ErrorCode::CompanionAddressRefused => Explanation {
            title: "L’adresse du serveur de connexion est refusée",
            cause: "Celle qui est fixée sur ce poste n’est pas sécurisée, ou n’est pas celle qui est prévue.",
            remedy: "Prévenez le support\u{a0}: l’adresse doit commencer par https et venir de la stratégie du poste.",
        },
        ErrorCode::LoopbackFlooded => Explanation {
            title: "La connexion a été interrompue par sécurité",
            cause: "Un autre programme de ce poste a envoyé trop de demandes à l’application pendant la connexion.",
            remedy: "Réessayez. Si cela se reproduit, demandez au support de vérifier ce poste.",
        },
        ErrorCode::ReturnRefused => Explanation {
            title: "La réponse du navigateur est refusée",
            cause: "Elle ne correspond pas à votre demande. Par sécurité, aucune session n’a été ouverte.",
            remedy: "Fermez les anciens onglets, puis recommencez depuis l’application.",
        },
        ErrorCode::LocalStorageFailed => Explanation {
            title: "Un fichier n’a pas pu être enregistré",
            cause: "L’application n’a pas pu écrire sur ce poste\u{a0}: le disque est plein ou l’accès est refusé.",
            remedy: "Libérez de la place, puis réessayez. Sinon, demandez au support de vérifier les droits d’accès.",
        },
        ErrorCode::ReturnSchemeUnregistered => Explanation {
            title: "Ce poste n’est pas prêt pour la connexion",
            cause: "Le navigateur doit rouvrir l’application par un lien, et ce lien n’est pas enregistré sur ce poste.",
            remedy: "Prévenez le support\u{a0}: le diagnostic de ce poste indique le lien à enregistrer.",
        },
        ErrorCode::AnotherServer => Explanation {
            title: "Un autre serveur a répondu",
            cause: "Ce qui répond n’est pas le serveur de connexion\u{a0}: l’adresse fixée sur ce poste n’est pas la bonne, ou le réseau (portail d’accès, filtre) répond à sa place.",
            remedy: "Ouvrez une page dans le navigateur\u{a0}: si le réseau vous y demande de vous identifier, faites-le, puis réessayez. Sinon, prévenez le support\u{a0}: l’adresse du serveur de connexion est à vérifier.",
        },
        ErrorCode::PolicyNotPermitted => Explanation {
            title: "La stratégie de ce poste ne peut pas être lue",
            cause: "Ce compte n’a pas le droit de lire le fichier qui indique l’adresse du serveur de connexion. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: la commande «\u{a0}vestibule doctor\u{a0}» indique le fichier ou le dossier, et le droit à y donner.",
        },
        ErrorCode::PolicyExposed => Explanation {
            title: "Un réglage de sécurité de ce poste n’est pas protégé",
            cause: "Le fichier qui indique à quel serveur faire confiance peut être modifié par un compte qui n’est pas administrateur. Par sécurité, rien n’a été envoyé.",
            remedy: "Ne réessayez pas. Prévenez le support\u{a0}: le diagnostic indique le fichier, son propriétaire et ses droits à corriger.",
        },
        ErrorCode::KeyringAmbiguous => Explanation {
            title: "Votre trousseau de clés contient un double",
            cause: "Le trousseau a deux entrées pour cette application. La plus récente est utilisée.",
            remedy: "Vous pouvez continuer\u{a0}: le double sera supprimé à la prochaine connexion. S’il revient, prévenez le support.",
        },
        ErrorCode::KeyringSilent => Explanation {
            title: "Votre trousseau de clés ne répond pas",
            cause: "L’application l’a interrogé sans obtenir de réponse. Vous pouvez travailler, mais il faudra vous identifier de nouveau après avoir fermé l’application.",
            remedy: "Continuez sans lui, ou déverrouillez-le et redémarrez l’application. Si cela se répète, prévenez le support.",
        },
        ErrorCode::KeyringFailed => Explanation {
            title: "Votre trousseau de clés signale une panne",
            cause: "Le trousseau a répondu par une erreur. Vous pouvez travailler, mais il faudra vous identifier de nouveau après avoir fermé l’application.",
            remedy: "Continuez normalement. Si cela se répète, redémarrez le poste, puis prévenez le support.",
        },
        ErrorCode::KeyringUnfit => Explanation {
            title: "Votre trousseau de clés refuse l’enregistrement",
            cause: "Ce poste ne peut pas conserver votre session dans son trousseau. Vous pouvez travailler, mais il faudra vous identifier de nouveau après avoir fermé l’application.",
            remedy: "Continuez normalement et prévenez le support\u{a0}: le trousseau de clés de ce poste ne convient pas.",
        },
        ErrorCode::ProxyAuthenticationRequired => Explanation {
            title: "Le proxy du réseau demande une identification",
            cause: "Un proxy, entre ce poste et le serveur de connexion, exige un nom et un mot de passe. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: le proxy doit laisser passer l’application sans identification. Le diagnostic indique lequel, et qui l’a fixé.",
        },
        ErrorCode::ProxyRefused => Explanation {
            title: "Le proxy du réseau refuse le passage",
            cause: "Un proxy, entre ce poste et le serveur de connexion, n’a pas laissé passer l’application. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: le proxy doit autoriser le serveur de connexion. Le diagnostic indique lequel, et qui l’a fixé.",
        },
        ErrorCode::ProxyUnreachable => Explanation {
            title: "Le proxy du réseau ne répond pas",
            cause: "Ce poste doit passer par un proxy pour joindre le serveur de connexion, et ce proxy ne répond pas. Cela ne vient pas de vous.",
            remedy: "Vérifiez que le poste est relié au réseau, puis réessayez. Sinon, prévenez le support\u{a0}: le diagnostic indique le proxy, et qui l’a fixé.",
        },
        ErrorCode::HomeUnknown => Explanation {
            title: "Le dossier personnel est introuvable",
            cause: "Le système n’indique pas de dossier personnel pour ce compte\u{a0}: l’application ne sait pas où sont la configuration et les journaux.",
            remedy: "Prévenez le support\u{a0}: le compte doit avoir un dossier personnel, ou la variable HOME doit l’indiquer.",
        },
        ErrorCode::InputClosed => Explanation {
            title: "Le code de confirmation ne peut pas être saisi",
            cause: "Le code de confirmation (huit lettres) affiché dans le navigateur se saisit sur l’entrée standard de la commande, et cette entrée est fermée.",
            remedy: "Lancez la commande dans un terminal. Un programme qui la lance garde son entrée standard ouverte et y écrit ce que saisit la personne.",
        },
        ErrorCode::CommandInterrupted => Explanation {
            title: "La commande a été interrompue",
            cause: "Elle a reçu l’ordre de s’arrêter avant d’avoir fini (Ctrl-C, terminal fermé, arrêt du programme ou du système). Ce qu’elle avait déjà demandé au serveur de connexion est peut-être fait.",
            remedy: "Pour savoir ce qu’il en est, tapez «\u{a0}vestibule status\u{a0}». Recommencez ensuite la commande s’il le faut.",
        },
        ErrorCode::SettingReserved => Explanation {
            title: "Un paramètre n’est pas à sa place",
            cause: "Le fichier de configuration de la personne contient un paramètre que seule la stratégie du poste peut fixer.",
            remedy: "Retirez ce paramètre de ce fichier. S’il est nécessaire, demandez au support de le mettre dans la stratégie du poste.",
        },
        ErrorCode::DevelopmentPolicyRefused => Explanation {
            title: "Cette stratégie ne peut servir qu’à un test",
            cause: "La variable VESTIBULE_POLICY_FILE désigne une stratégie dont le serveur de connexion n’est pas sur ce poste.",
            remedy: "Pour un vrai serveur, mettez-la à la place de la stratégie du poste, et retirez la variable. Pour un test, companion_url doit désigner 127.0.0.1.",
        },
        ErrorCode::CommandRefused => Explanation {
            title: "La commande n’a pas pu être comprise ou suivie",
            cause: "Elle contient un mot inconnu, il lui en manque un, ou, sur un poste, la stratégie ne la permet pas.",
            remedy: "Saisissez «\u{a0}--help\u{a0}» après le nom du programme pour la liste des commandes («\u{a0}vestibule --help\u{a0}» sur un poste, «\u{a0}companion-server --help\u{a0}» sur le serveur), et «\u{a0}--help\u{a0}» après une commande pour ses options.",
        },
        ErrorCode::OutputUnwritten => Explanation {
            title: "La réponse de la commande n’a pas pu être écrite",
            cause: "La sortie de la commande est pleine, ou plus personne ne la lit.",
            remedy: "Rendez cette sortie possible (place sur le disque, redirection, programme qui la lit jusqu’au bout), puis recommencez\u{a0}: «\u{a0}vestibule status\u{a0}» indique qui est connecté.",
        },
        ErrorCode::WebViewMissing => Explanation {
            title: "La fenêtre ne peut pas s’ouvrir",
            cause: "Le composant «\u{a0}Microsoft Edge WebView2\u{a0}», qui affiche la fenêtre sous Windows, n’est pas installé sur ce poste, ou ne démarre pas.",
            remedy: "Demandez au support d’installer «\u{a0}WebView2 Runtime\u{a0}» (Evergreen). En attendant, la même connexion, sans fenêtre\u{a0}: «\u{a0}vestibule login\u{a0}».",
        },
        ErrorCode::AppOutdated => Explanation {
            title: "L’application est à mettre à jour",
            cause: "Le serveur de connexion n’accepte plus cette version de l’application.",
            remedy: "Prévenez le support\u{a0}: une version plus récente est à installer sur ce poste. «\u{a0}À propos\u{a0}» et le diagnostic indiquent laquelle.",
        },
        ErrorCode::ReportUnwritten => Explanation {
            title: "Le rapport n’a pas été enregistré",
            cause: "Le fichier du rapport ne peut pas être écrit à cet endroit\u{a0}: le disque est plein, l’accès est refusé, ou un fichier de ce nom existe déjà.",
            remedy: "Libérez de la place ou demandez au support de vérifier les droits de ce dossier, puis recommencez. En ligne de commande, «\u{a0}--out\u{a0}» choisit un autre nom ou un autre dossier. Rien n’a été laissé à moitié écrit, et rien n’a été envoyé.",
        },
        ErrorCode::LogUnreadable => Explanation {
            title: "Le journal de ce poste n’est pas lisible",
            cause: "Le dossier du journal, ou l’un de ses fichiers, ne peut pas être lu\u{a0}: l’accès est refusé, ou ce n’est pas un dossier.",
            remedy: "Demandez au support de vérifier les droits du dossier\u{a0}: «\u{a0}vestibule log --folder\u{a0}» indique lequel.",
        },
        ErrorCode::AppFault => Explanation {
            title: "L’application a rencontré un problème",
            cause: "Quelque chose d’imprévu s’est produit. Cela ne vient pas de vous.",
            remedy: "Réessayez. Si cela se répète, fermez puis rouvrez l’application.",
        },
        ErrorCode::SignInExpired => Explanation {
            title: "Cette demande n’est plus valable",
            cause: "La connexion est restée trop longtemps sans être terminée. Aucune session n’a été ouverte.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::RequestAlreadyOpened => Explanation {
            title: "Ce lien a déjà servi",
            cause: "Un lien de connexion ne s’ouvre qu’une fois, pour que personne d’autre ne puisse s’en servir.",
            remedy: "Si la connexion continue dans un autre onglet, terminez-la. Sinon, revenez à l’application et recommencez.",
        },
        ErrorCode::BrowserMismatch => Explanation {
            title: "Ce n’est pas le même navigateur",
            cause: "La connexion doit se terminer dans le navigateur où elle a commencé.",
            remedy: "Revenez à l’application et recommencez, sans changer de navigateur ni passer en navigation privée.",
        },
        ErrorCode::SignInBurned => Explanation {
            title: "La connexion a été annulée par sécurité",
            cause: "Un autre programme semble avoir voulu terminer votre connexion à votre place. Aucune session n’a été ouverte.",
            remedy: "Recommencez une fois. Si cela se reproduit, ne réessayez pas et prévenez le support.",
        },
        ErrorCode::CodeRefused => Explanation {
            title: "La connexion n’a pas pu se terminer",
            cause: "La réponse du navigateur a déjà servi, ou elle est arrivée trop tard.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::ProofRefused => Explanation {
            title: "Ce poste n’a pas été reconnu",
            cause: "Le serveur de connexion n’a pas pu vérifier que la demande venait bien de ce poste.",
            remedy: "Réessayez. Si cela se reproduit, prévenez le support.",
        },
        ErrorCode::TooManyRequests => Explanation {
            title: "Trop de demandes en peu de temps",
            cause: "Trop de demandes ont été envoyées en une minute, depuis ce poste ou depuis le même réseau. Cela ne vient pas forcément de vous.",
            remedy: "Attendez une minute, puis recommencez.",
        },
        ErrorCode::ReturnAddressRefused => Explanation {
            title: "La demande de l’application est refusée",
            cause: "L’application a demandé une réponse à une adresse que le serveur de connexion n’accepte pas.",
            remedy: "L’application est peut-être à mettre à jour\u{a0}: le support peut le vérifier.",
        },
        ErrorCode::CallbackReplayed => Explanation {
            title: "Cette page a déjà servi",
            cause: "La réponse de Pro\u{a0}Santé\u{a0}Connect a déjà été utilisée, par exemple avant un retour en arrière dans le navigateur.",
            remedy: "Revenez à l’application\u{a0}: votre session y est peut-être déjà ouverte. Sinon, recommencez.",
        },
        ErrorCode::FormRefused => Explanation {
            title: "Votre réponse n’a pas pu être vérifiée",
            cause: "La page de confirmation était trop ancienne, ou elle n’appartenait pas à cette connexion.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::RequestMalformed => Explanation {
            title: "La demande est incomplète",
            cause: "Une partie de la demande manque, ou a été modifiée en chemin.",
            remedy: "Repartez de l’application, sans reprendre un ancien lien. Si elle affiche encore ce message, elle est peut-être à mettre à jour.",
        },
        ErrorCode::SessionEnded => Explanation {
            title: "Votre session est terminée",
            cause: "Elle a été fermée, ou elle n’existe plus.",
            remedy: "Identifiez-vous de nouveau pour continuer.",
        },
        ErrorCode::SessionRevoked => Explanation {
            title: "Votre session a été fermée par sécurité",
            cause: "L’autorisation de votre session a été utilisée deux fois\u{a0}: elle a peut-être été copiée. Par sécurité, la session est fermée.",
            remedy: "Identifiez-vous de nouveau. Si cela se reproduit, prévenez le support.",
        },
        ErrorCode::SituationUnknown => Explanation {
            title: "Cette situation d’exercice n’est plus proposée",
            cause: "Elle ne figure pas parmi celles que Pro\u{a0}Santé\u{a0}Connect transmet à votre sujet.",
            remedy: "Choisissez-en une autre. Si elle devrait y être, faites corriger vos données au RPPS auprès de votre autorité d’enregistrement (ordre, ARS ou employeur).",
        },
        ErrorCode::ClientUnknown => Explanation {
            title: "Le serveur de connexion ne connaît pas cette application",
            cause: "Le nom sous lequel l’application se présente n’est pas celui que le serveur attend.",
            remedy: "Prévenez le support\u{a0}: la configuration du poste et celle du serveur ne concordent pas.",
        },
        ErrorCode::SignInUnknown => Explanation {
            title: "Cette demande est introuvable",
            cause: "Elle est terminée, ou elle a été commencée sur un autre poste.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::PathUnknown => Explanation {
            title: "Cette page n’existe pas",
            cause: "L’adresse ne mène à rien ici. Elle est peut-être incomplète.",
            remedy: "Fermez cette page et repartez de l’application.",
        },
        ErrorCode::SignInPending => Explanation {
            title: "La connexion se poursuit dans le navigateur",
            cause: "L’application attend que vous ayez terminé dans le navigateur.",
            remedy: "Terminez dans le navigateur. Si vous l’avez fermé, recommencez depuis l’application.",
        },
        ErrorCode::ConfirmationCodeWrong => Explanation {
            title: "Ce n’est pas le code affiché",
            cause: "Le code saisi n’est pas celui qui est affiché dans votre navigateur.",
            remedy: "Vérifiez les huit lettres dans le navigateur, puis recommencez la saisie.",
        },
        ErrorCode::ConfirmationTriesSpent => Explanation {
            title: "Le code de confirmation n’est plus valable",
            cause: "Il a été saisi cinq fois de façon inexacte, ou trop tard. Par sécurité, cette connexion est annulée et aucune session n’a été ouverte.",
            remedy: "Recommencez la connexion. Ne communiquez jamais un code de confirmation, même au support.",
        },
        ErrorCode::NumberRefused => Explanation {
            title: "Les deux nombres ne correspondent pas",
            cause: "Le nombre choisi dans le navigateur n’est pas celui de l’application. Par sécurité, aucune session n’a été ouverte.",
            remedy: "Recommencez et choisissez le nombre affiché dans l’application. Si vous n’êtes pas à l’origine de cette demande, prévenez le support.",
        },
        ErrorCode::ExchangeRefused => Explanation {
            title: "Ce poste ne peut pas se connecter ainsi",
            cause: "Le mode d’échange demandé avec le navigateur n’est pas autorisé sur ce poste.",
            remedy: "Prévenez le support\u{a0}: les modes autorisés sont fixés par le groupe du poste.",
        },
        ErrorCode::EnrolmentRefused => Explanation {
            title: "Ce poste n’est pas reconnu",
            cause: "Le jeton d’inscription de ce poste n’est pas, ou n’est plus, valable.",
            remedy: "Prévenez le support\u{a0}: le jeton d’inscription du groupe est à redéployer.",
        },
        ErrorCode::RequestTooLarge => Explanation {
            title: "La demande est trop longue",
            cause: "Une demande dépasse de loin ce que l’application ou le navigateur envoient.",
            remedy: "Repartez de l’application. Si ce message revient, un équipement du réseau modifie peut-être ce qui est envoyé\u{a0}: le support peut le vérifier.",
        },
        ErrorCode::RequestTooSlow => Explanation {
            title: "La demande n’est pas arrivée à temps",
            cause: "Le réseau est très lent, ou la connexion a été coupée pendant l’envoi.",
            remedy: "Recommencez. Si ce message revient, le support peut faire vérifier le réseau.",
        },
        ErrorCode::CompanionFull => Explanation {
            title: "Le serveur de connexion est très sollicité",
            cause: "Trop de personnes s’identifient en même temps, peut-être depuis votre réseau. Les connexions en cours continuent.",
            remedy: "Attendez quelques secondes, puis recommencez.",
        },
        ErrorCode::SignInDeclined => Explanation {
            title: "La connexion a été refusée",
            cause: "Elle a été refusée dans le navigateur. Aucune session n’a été ouverte.",
            remedy: "Si c’était une erreur, recommencez depuis l’application. Si vous n’êtes pas à l’origine de cette demande, prévenez le support.",
        },
        ErrorCode::OwnPageClosed => Explanation {
            title: "Cette page ne s’ouvre plus",
            cause: "Elle s’ouvre dans les dix minutes qui suivent une connexion, tant que la session dure, et dans le même navigateur.",
            remedy: "Identifiez-vous de nouveau depuis l’application, puis ouvrez cette page depuis celle qui vous invite à y revenir.",
        },
        ErrorCode::CookiesBlocked => Explanation {
            title: "Votre navigateur bloque les cookies",
            cause: "Sans cookies, rien ne relie ce navigateur à votre connexion\u{a0}: il ne pourrait pas prouver que c’est bien vous qui revenez.",
            remedy: "Autorisez les cookies pour ce site, ou prenez un autre navigateur, puis recommencez depuis l’application.",
        },
        ErrorCode::SignInCancelled => Explanation {
            title: "Cette connexion a été annulée",
            cause: "Elle a été annulée dans l’application. Aucune session n’a été ouverte par cette page.",
            remedy: "Vous pouvez fermer l’onglet de cette connexion. Pour vous connecter, recommencez depuis l’application.",
        },
        ErrorCode::SignInReplaced => Explanation {
            title: "Une autre connexion a pris la suite",
            cause: "L’application a ouvert sa session par une autre connexion, et celle-ci n’est plus attendue.",
            remedy: "Vous pouvez fermer l’onglet de cette connexion. Si l’application n’affiche pas votre session, recommencez depuis sa fenêtre.",
        },
        ErrorCode::BrowserFull => Explanation {
            title: "Trop de connexions en cours dans ce navigateur",
            cause: "Huit connexions sont déjà en cours dans ce navigateur. Aucune n’a été interrompue pour celle-ci.",
            remedy: "Terminez ou annulez l’une d’elles, puis rechargez cette page. Sinon, recommencez depuis l’application dans dix minutes\u{a0}: elles auront expiré.",
        },
        ErrorCode::SignInEndedByAdministrator => Explanation {
            title: "Le support a mis fin à cette connexion",
            cause: "Sur le serveur de connexion, ce poste a été oublié, ou une personne effacée, pendant que cette connexion était en cours.",
            remedy: "L’onglet de cette connexion peut être fermé. Recommencez depuis l’application. Si personne ne vous l’avait annoncé, demandez-en la raison au support.",
        },
        ErrorCode::WorkstationForgotten => Explanation {
            title: "Ce poste a été oublié",
            cause: "La personne a fait oublier ce poste pendant que cette connexion était en cours\u{a0}: elle s’est arrêtée avec.",
            remedy: "Pour vous connecter, recommencez depuis l’application.",
        },
        ErrorCode::SignOutAddressDead => Explanation {
            title: "Cette adresse de déconnexion n’est plus valable",
            cause: "Elle a servi dans un autre navigateur, plus de dix minutes ont passé, ou elle n’a jamais été donnée.",
            remedy: "Si vous veniez de vous déconnecter, demandez-le encore une fois dans l’application\u{a0}: pendant dix minutes, elle peut donner une autre adresse. Sur un poste partagé, fermez toutes les fenêtres du navigateur et retirez votre carte.",
        },
        ErrorCode::SessionLocked => Explanation {
            title: "La session est verrouillée",
            cause: "La carte a été retirée, ou l’application a verrouillé la session\u{a0}: rien n’en est affiché ni transmis.",
            remedy: "Identifiez-vous de nouveau avec Pro\u{a0}Santé\u{a0}Connect sur ce poste\u{a0}: la session reprend où elle en était.",
        },
        ErrorCode::SessionNotOpen => Explanation {
            title: "Cette session n’est pas ouverte",
            cause: "Aucune session ouverte à votre nom ne porte ce numéro\u{a0}: elle s’est peut-être fermée entre-temps.",
            remedy: "Affichez à nouveau la liste de vos sessions.",
        },
        ErrorCode::DecisionTaken => Explanation {
            title: "Une réponse a déjà été donnée",
            cause: "Cette page a déjà reçu une autre réponse, et c’est la première qui compte.",
            remedy: "Revenez à l’application\u{a0}: elle affiche le résultat. Si ce n’est pas celui que vous attendiez, déconnectez-vous ou recommencez.",
        },
        ErrorCode::CookiesTooLong => Explanation {
            title: "Votre navigateur envoie trop de cookies",
            cause: "D’autres sites ont laissé tant de cookies pour cette adresse que la demande est trop longue pour être lue.",
            remedy: "Effacez les cookies de ce site et des sites du même nom, ou prenez un autre navigateur, puis recommencez depuis l’application.",
        },
        ErrorCode::ProofNonceDue => Explanation {
            title: "Le nonce du serveur est à joindre à la preuve",
            cause: "La preuve DPoP ne porte pas de nonce en cours du serveur. C’est la première étape normale d’un client\u{a0}: l’en-tête DPoP-Nonce de cette réponse en donne un.",
            remedy: "Pour les développeurs\u{a0}: refaites la demande avec une preuve qui porte ce nonce (RFC\u{a0}9449, section\u{a0}8). Dans une application installée\u{a0}: réessayez, puis prévenez le support.",
        },
        ErrorCode::ScopeUnknown => Explanation {
            title: "La portée demandée n’existe pas",
            cause: "L’application a demandé une portée (scope) que le serveur de connexion ne connaît pas. La seule qui existe est «\u{a0}session\u{a0}».",
            remedy: "Pour les développeurs\u{a0}: demandez «\u{a0}session\u{a0}», ou n’en demandez aucune. Dans une application installée\u{a0}: prévenez le support.",
        },
        ErrorCode::ClockRefused => Explanation {
            title: "L’horloge de ce poste est déréglée",
            cause: "La demande de ce poste porte une date à plus de cinq minutes de celle du serveur de connexion.",
            remedy: "Vérifiez la date et l’heure du poste, puis réessayez.",
        },
        ErrorCode::CompanionUnreachable => Explanation {
            title: "Le serveur de connexion ne répond pas",
            cause: "L’application n’a pas obtenu de réponse du serveur. Cela ne vient pas de vous.",
            remedy: "Vérifiez que le poste est relié au réseau, puis réessayez dans une minute.",
        },
        ErrorCode::CompanionUnavailable => Explanation {
            title: "Le serveur de connexion n’est pas disponible",
            cause: "Le serveur, ou le proxy placé devant lui, répond, mais ne peut pas servir pour l’instant. Cela ne vient ni de vous, ni du réseau de ce poste.",
            remedy: "Réessayez dans une minute. Si cela continue, prévenez le support\u{a0}: le serveur de connexion est arrêté, surchargé ou en maintenance.",
        },
        ErrorCode::CompanionUntrusted => Explanation {
            title: "Le serveur de connexion n’a pas pu être vérifié",
            cause: "L’adresse répond, mais rien ne prouve qu’il s’agit bien du serveur de connexion. Par sécurité, rien n’a été envoyé.",
            remedy: "Ne réessayez pas. Prévenez le support\u{a0}: le certificat du serveur, le fichier de son autorité sur ce poste (companion_ca_file) ou l’horloge est à vérifier.",
        },
        ErrorCode::CompanionFault => Explanation {
            title: "Le serveur de connexion a rencontré un problème",
            cause: "Quelque chose d’imprévu s’est produit sur le serveur. Cela ne vient pas de vous.",
            remedy: "Réessayez dans une minute.",
        },
        ErrorCode::CompanionAnswerUnreadable => Explanation {
            title: "La réponse du serveur de connexion est incompréhensible",
            cause: "L’application et le serveur n’ont peut-être pas des versions compatibles, ou un équipement du réseau modifie ce qu’ils s’envoient.",
            remedy: "Réessayez. Si cela continue, l’application est peut-être à mettre à jour.",
        },
        ErrorCode::GroupGone => Explanation {
            title: "Le groupe de ce poste n’existe plus",
            cause: "Ce poste a été inscrit dans un groupe de postes que la configuration du serveur de connexion ne contient plus.",
            remedy: "Prévenez le support\u{a0}: il faut remettre ce groupe dans la configuration, ou faire oublier le poste au serveur («\u{a0}companion-server devices forget\u{a0}»), ou déployer sur ce poste le jeton d’inscription d’un autre groupe.",
        },
        ErrorCode::ConfigurationInvalid => Explanation {
            title: "La configuration du serveur de connexion est incorrecte",
            cause: "Le fichier manque ou est illisible, ou une valeur manque, porte un nom inconnu ou sort de ses limites. Le message qui accompagne ce code nomme ce qui est en cause.",
            remedy: "Corrigez ce qui est nommé, puis vérifiez avec «\u{a0}companion-server check-config\u{a0}».",
        },
        ErrorCode::StorageUnavailable => Explanation {
            title: "Le serveur de connexion ne peut rien enregistrer",
            cause: "Sa base de données est inaccessible. Cela ne vient pas de vous.",
            remedy: "Réessayez dans une minute. Si cela continue, prévenez le support\u{a0}: la base est à vérifier (chemin, droits d’accès, place sur le disque).",
        },
        ErrorCode::SealingKeyRefused => Explanation {
            title: "La clé de chiffrement est refusée",
            cause: "Le fichier de clé manque, ne peut pas être lu, ne contient pas une clé, ou peut être lu par tous les comptes de la machine.",
            remedy: "Vérifiez son chemin, et réservez-le au compte du serveur (droits 0600). S’il ne contient pas une clé, remettez-en une copie sûre, ou créez-en un autre avec «\u{a0}companion-server init-key\u{a0}».",
        },
        ErrorCode::ListenerInsecure => Explanation {
            title: "Le serveur de connexion n’est pas protégé par TLS",
            cause: "Il écouterait sans chiffrement sur une adresse que d’autres machines peuvent joindre.",
            remedy: "Ajoutez la section [listener.tls], ou écoutez sur 127.0.0.1 derrière un proxy inverse.",
        },
        ErrorCode::EnvironmentMixed => Explanation {
            title: "Deux environnements sont mélangés",
            cause: "La configuration réunit des adresses du simulateur, du bac à sable ou de la production, ou nomme la base d’un autre environnement que le sien.",
            remedy: "Ne gardez qu’un environnement dans la section [psc], et une base pour chaque environnement.",
        },
        ErrorCode::ListenerUnavailable => Explanation {
            title: "L’adresse d’écoute n’est pas disponible",
            cause: "Un autre programme l’occupe, ou le système l’interdit.",
            remedy: "Libérez-la ou choisissez-en une autre dans la configuration, puis relancez le serveur.",
        },
        ErrorCode::CertificateRefused => Explanation {
            title: "Un certificat ne peut pas être utilisé",
            cause: "Il a expiré, n’est pas encore valable, ne correspond pas à sa clé, ou son fichier est illisible.",
            remedy: "Installez un certificat valable avec sa clé\u{202f}; le message indique lequel est en cause.",
        },
        ErrorCode::CertificateExpiring => Explanation {
            title: "Un certificat va expirer",
            cause: "Après son expiration, les connexions par Pro\u{a0}Santé\u{a0}Connect échoueront.",
            remedy: "Demandez son renouvellement, puis remplacez le fichier\u{a0}: le serveur le prend en compte automatiquement.",
        },
        ErrorCode::SealingKeyBesideDatabase => Explanation {
            title: "La clé de chiffrement est rangée avec la base de données",
            cause: "Une copie de ce dossier contiendrait aussi la clé\u{a0}: les données chiffrées seraient lisibles.",
            remedy: "Déplacez la clé dans un autre dossier, indiquez-le dans «\u{a0}vault.key_file\u{a0}», puis relancez le serveur.",
        },
        ErrorCode::SealingKeyForgotten => Explanation {
            title: "Ce fichier de clé est périmé",
            cause: "Sa première clé a été retirée par une rotation. La base refuse ce qu’elle chiffrerait.",
            remedy: "Remettez le fichier de clé que la rotation a écrit. «\u{a0}companion-server vault status\u{a0}» indique les clés.",
        },
        ErrorCode::KeyRotationUnfinished => Explanation {
            title: "La rotation de la clé de chiffrement n’est pas terminée",
            cause: "Elle s’est interrompue. Rien n’est perdu\u{a0}: les données restent lisibles avec l’ancienne et la nouvelle clé.",
            remedy: "Suivez le message qui accompagne ce code, puis relancez la même commande\u{a0}: elle reprendra où elle en était.",
        },
        ErrorCode::KeyRotationNotBegun => Explanation {
            title: "La rotation de la clé de chiffrement n’a pas commencé",
            cause: "La commande ne peut pas écrire la nouvelle clé là où elle servirait. Rien n’a changé.",
            remedy: "Suivez le message qui accompagne ce code.",
        },
        ErrorCode::SetupValueMissing => Explanation {
            title: "Il manque une valeur pour écrire la configuration",
            cause: "Une valeur nécessaire n’a pas été donnée, et il n’y a personne à qui la demander\u{a0}: l’entrée standard n’est pas un terminal, elle a pris fin, ou «\u{a0}--yes\u{a0}» a été donné. Rien n’a été écrit.",
            remedy: "Donnez l’option qu’indique le message, ou lancez la commande dans un terminal, sans «\u{a0}--yes\u{a0}».",
        },
        ErrorCode::SetupValueRefused => Explanation {
            title: "Une valeur donnée pour la configuration ne convient pas",
            cause: "La valeur de l’option qu’indique le message est refusée, ou le fichier qu’elle désigne. Rien n’a été écrit.",
            remedy: "Corrigez cette valeur, puis relancez la même commande.",
        },
        ErrorCode::SetupWouldReplace => Explanation {
            title: "Un fichier de ce nom existe déjà",
            cause: "La commande devrait remplacer une configuration ou un secret qui existe. Rien n’a été écrit.",
            remedy: "Modifiez ce fichier, ou relancez la commande avec «\u{a0}--force\u{a0}»\u{a0}: l’ancienne configuration est conservée à côté, sous un nom daté. La clé de chiffrement n’est jamais remplacée.",
        },
        ErrorCode::SetupNotWritten => Explanation {
            title: "La configuration n’a pas été écrite",
            cause: "La commande a été interrompue, ou n’a pas pu écrire. Ce qu’elle avait écrit a été retiré.",
            remedy: "Suivez le message qui accompagne ce code, puis relancez la même commande.",
        },
        ErrorCode::BrandingRefused => Explanation {
            title: "La marque des pages ne peut pas être appliquée",
            cause: "Dans [branding], un nom a des caractères qui n’y sont pas admis, une couleur n’a pas un contraste suffisant, ou le logo n’est pas un dessin autonome.",
            remedy: "Corrigez ce qu’indique le message qui accompagne ce code, puis «\u{a0}companion-server check-config\u{a0}». Sans le paramètre en cause, les pages portent la marque du programme.",
        },
        ErrorCode::NothingToTell => Explanation {
            title: "Rien ne correspond à ce qui est demandé",
            cause: "Le numéro de connexion, la période ou le journal donné ne correspond à rien de connu.",
            remedy: "Relisez le numéro sur l’écran (7F3K-9QXM)\u{202f}; vérifiez que «\u{a0}--config\u{a0}» désigne le serveur de connexion de ce poste, et que ce compte peut lire les journaux donnés. Une tentative sans identité n’est conservée qu’un jour.",
        },
        ErrorCode::ConformityRefused => Explanation {
            title: "Le dossier de conformité n’a pas été écrit",
            cause: "Un fichier donné n’est pas celui qu’il faut, ou le dossier nommé ne peut pas être écrit. Rien n’a été remplacé.",
            remedy: "Corrigez ce qu’indique le message, puis relancez la même commande. «\u{a0}--results\u{a0}» attend le fichier que laisse «\u{a0}./dev test\u{a0}»\u{202f}; «\u{a0}--sandbox\u{a0}», un «\u{a0}dossier.json\u{a0}».",
        },
        ErrorCode::BackupRefused => Explanation {
            title: "La base n’est pas sauvegardée, ou pas restaurée",
            cause: "La base, le fichier indiqué, ou un serveur de connexion qui utilise cette base l’empêche. Rien n’a été fait, et rien n’a été remplacé.",
            remedy: "Corrigez ce qu’indique le message, puis relancez la même commande.",
        },
        ErrorCode::DatabaseDisplaced => Explanation {
            title: "Un fichier de la base a été retiré ou remplacé",
            cause: "Le serveur de connexion écrit encore dans le fichier d’avant (la base, ou ceux à côté d’elle qui finissent par «\u{a0}-wal\u{a0}» et «\u{a0}-shm\u{a0}»)\u{a0}: ce qu’il y met est perdu si on le tue.",
            remedy: "N’employez pas «\u{a0}kill -9\u{a0}». Si la base elle-même a été déplacée, remettez-la d’abord à sa place. Arrêtez ensuite le serveur proprement (systemctl stop, SIGTERM)\u{a0}: il met alors dans la base tout ce qu’il a confirmé. Puis redémarrez-le.",
        },
        ErrorCode::DestinationRefused => Explanation {
            title: "Le fichier demandé ne peut pas être créé",
            cause: "La commande n’a rien fait\u{a0}: le fichier où elle doit écrire ne peut pas être créé à cet endroit (dossier absent, droits, ou fichier déjà là).",
            remedy: "Corrigez ce que dit le message ou nommez un autre endroit, puis relancez la commande.",
        },
        ErrorCode::SealingKeyMissing => Explanation {
            title: "Une clé de chiffrement manque",
            cause: "Des données de la base sont chiffrées par une clé qui n’est pas dans le fichier de clé. Elles sont illisibles.",
            remedy: "Remettez le fichier de clé d’origine. S’il est perdu, les personnes concernées devront se reconnecter.",
        },
        ErrorCode::ListenerCertificateRefused => Explanation {
            title: "Le certificat du serveur de connexion est inutilisable",
            cause: "Le certificat ou la clé de [listener.tls] est illisible, la clé est lisible par tous les comptes, ou l’un n’est pas fait pour l’autre.",
            remedy: "Remettez la chaîne et la clé telles que l’autorité les a remises, la clé réservée au compte du serveur (droits 0600)\u{202f}; le message indique ce qui est en cause.",
        },
        ErrorCode::ListenerCertificateUntrusted => Explanation {
            title: "Les postes refuseront le certificat du serveur",
            cause: "Son nom, ses dates, son usage ou sa chaîne ne conviennent pas à l’adresse publique du serveur de connexion.",
            remedy: "Demandez un certificat de serveur au nom de cette adresse, et installez-le avec toute sa chaîne.",
        },
        ErrorCode::ReloadRefused => Explanation {
            title: "La nouvelle configuration est refusée",
            cause: "Un fichier a changé et son contenu est refusé. Le serveur de connexion garde sa configuration précédente.",
            remedy: "Corrigez le fichier qu’indique le message, vérifiez-le avec «\u{a0}companion-server check-config\u{a0}», puis rechargez.",
        },
        ErrorCode::AdministrationRefused => Explanation {
            title: "La commande d’administration est refusée",
            cause: "Elle présente le fichier secret de la section [administration]\u{a0}: la configuration ne l’indique pas, ce compte ne peut pas le lire, ou ce n’est pas celui du serveur en marche.",
            remedy: "Indiquez dans la configuration le fichier du serveur en marche, et lancez la commande avec un compte qui peut le lire.",
        },
        ErrorCode::CompanionNotServing => Explanation {
            title: "Aucun serveur de connexion ne répond sur cette machine",
            cause: "La commande s’adresse au serveur en marche, et rien ne répond à son adresse d’administration.",
            remedy: "Démarrez le serveur, ou vérifiez «\u{a0}administration.address\u{a0}», puis relancez la commande.",
        },
        ErrorCode::NothingDesignated => Explanation {
            title: "La commande ne désigne rien de connu",
            cause: "Aucune session, aucun poste ou aucune personne ne correspond à ce qui est donné.",
            remedy: "Pour une session ou un poste, reprenez l’identifiant que donne «\u{a0}sessions list\u{a0}» ou «\u{a0}devices list\u{a0}». Pour une personne, vérifiez son identifiant national auprès d’elle ou de son dossier\u{a0}: ces listes n’en donnent aucun.",
        },
        ErrorCode::AuditAltered => Explanation {
            title: "Le journal d’audit a été modifié",
            cause: "Un jour scellé du journal d’audit n’est plus ce qui a été scellé\u{a0}: une ligne manque, ou a changé.",
            remedy: "Conservez une copie de la base, comparez-la à une sauvegarde, et prévenez le responsable de la sécurité.",
        },
        ErrorCode::CompanionUnanswered => Explanation {
            title: "Le serveur de connexion n’a pas répondu à la commande",
            cause: "La connexion à l’adresse d’administration est acceptée, puis coupée ou laissée sans réponse\u{a0}: le serveur est bloqué, ou en train de s’arrêter, ou toutes ses places y sont prises par des commandes.",
            remedy: "Relancez la commande. Si cela continue, vérifiez que le serveur répond encore («\u{a0}companion-server doctor\u{a0}») et qui garde des connexions ouvertes vers cette adresse («\u{a0}ss -tnp\u{a0}»), puis relancez le serveur.",
        },
        ErrorCode::NotACompanion => Explanation {
            title: "Ce qui répond n’est pas le serveur de connexion",
            cause: "Un autre programme, ou un serveur de connexion d’une autre version, écoute sur l’adresse d’administration.",
            remedy: "Vérifiez «\u{a0}administration.address\u{a0}», et que le serveur en marche est de la même version que la commande.",
        },
        ErrorCode::AdministrationTokenWeak => Explanation {
            title: "Le secret d’administration ne protège rien",
            cause: "Le fichier secret de la section [administration] est vide, trop court ou facile à deviner, est lisible par d’autres comptes ou n’est pas de celui du serveur, ou son dossier manque ou peut être modifié par d’autres comptes.",
            remedy: "Créez le dossier s’il manque et réservez-le au compte du serveur, supprimez le fichier, puis démarrez le serveur\u{a0}: il en crée un neuf.",
        },
        ErrorCode::PersonFileRefused => Explanation {
            title: "Le fichier ne donne pas d’identifiant national",
            cause: "Il manque, ce compte ne peut pas le lire, ou il ne contient pas un identifiant national sur une ligne.",
            remedy: "Écrivez-y l’identifiant national seul, et réservez ce fichier à votre compte. Supprimez-le ensuite.",
        },
        ErrorCode::AnswerUnwritten => Explanation {
            title: "La réponse de la commande n’a pas pu être écrite",
            cause: "La commande est allée à son terme\u{a0}: ce qu’elle devait faire est fait. Seule sa réponse manque, parce que sa sortie est pleine ou ne peut pas être écrite.",
            remedy: "Rendez sa sortie possible (place sur le disque, redirection), puis relancez-la pour lire le résultat.",
        },
        ErrorCode::AccountLacksAccess => Explanation {
            title: "Ce compte n’a pas accès aux fichiers du serveur",
            cause: "Un fichier qu’indique la configuration, ou elle-même, n’est pas lisible par le compte qui lance la commande.",
            remedy: "Lancez la commande avec le compte du serveur (sudo -u) ou avec root. Si c’est le serveur qui l’affiche, donnez à son compte le droit de lire ce fichier, et de traverser ses dossiers.",
        },
        ErrorCode::DesignationAmbiguous => Explanation {
            title: "La commande désigne plusieurs postes",
            cause: "L’empreinte donnée commence comme celle de plusieurs postes.",
            remedy: "Donnez-en plus de caractères, comme les affiche «\u{a0}devices list\u{a0}».",
        },
        ErrorCode::StoreNotCopied => Explanation {
            title: "Les données n’ont pas été copiées d’une base à l’autre",
            cause: "L’une des deux bases n’est pas dans l’état nécessaire\u{a0}: le message qui accompagne ce code indique laquelle. Aucune n’a été changée.",
            remedy: "Arrêtez les serveurs de connexion, prenez une base d’arrivée vide, puis relancez la commande.",
        },
        ErrorCode::PscUnreachable => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect ne répond pas",
            cause: "Le serveur de connexion n’a pas réussi à joindre Pro\u{a0}Santé\u{a0}Connect. Ni votre poste, ni votre carte ne sont en cause.",
            remedy: "Réessayez dans une minute.",
        },
        ErrorCode::PscUnavailable => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect est indisponible",
            cause: "Pro\u{a0}Santé\u{a0}Connect annonce une panne ou une maintenance. Cela ne vient ni de vous, ni de l’application.",
            remedy: "Réessayez dans quelques minutes.",
        },
        ErrorCode::PscAnswerUnreadable => Explanation {
            title: "La réponse de Pro\u{a0}Santé\u{a0}Connect est illisible",
            cause: "Le serveur de connexion a reçu de Pro\u{a0}Santé\u{a0}Connect une réponse qu’il ne sait pas lire. Aucune session n’a été ouverte.",
            remedy: "Réessayez dans quelques minutes.",
        },
        ErrorCode::PscRequestRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect a refusé la demande",
            cause: "La demande d’identification n’a pas été acceptée. Le raccordement du serveur de connexion est peut-être à corriger.",
            remedy: "Réessayez une fois. Si le refus se répète, prévenez le support\u{a0}: le raccordement est à vérifier (identifiant client, URL de redirection).",
        },
        ErrorCode::PscCodeRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect n’a pas confirmé votre identité",
            cause: "La confirmation est arrivée trop tard, ou elle avait déjà servi.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::PscClientRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect n’a pas reconnu le serveur de connexion",
            cause: "Les informations de raccordement du serveur ont été refusées. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: l’identifiant et le secret remis pour Pro\u{a0}Santé\u{a0}Connect sont à vérifier.",
        },
        ErrorCode::IdTokenRefused => Explanation {
            title: "La preuve d’identité n’est pas valable",
            cause: "Une vérification de la réponse de Pro\u{a0}Santé\u{a0}Connect a échoué. Par sécurité, aucune session n’a été ouverte.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::UserinfoRefused => Explanation {
            title: "Votre identité n’a pas pu être vérifiée",
            cause: "Les informations transmises par Pro\u{a0}Santé\u{a0}Connect ne concordent pas entre elles. Par sécurité, aucune session n’a été ouverte.",
            remedy: "Revenez à l’application et recommencez.",
        },
        ErrorCode::NationalIdRefused => Explanation {
            title: "Votre identifiant national n’a pas pu être lu",
            cause: "Pro\u{a0}Santé\u{a0}Connect ne l’a pas transmis, ou l’a transmis sous une forme non reconnue.",
            remedy: "Signalez-le au support\u{a0}: il préviendra l’Agence du Numérique en Santé, qui gère Pro\u{a0}Santé\u{a0}Connect.",
        },
        ErrorCode::PscDiscoveryRefused => Explanation {
            title: "Les adresses de Pro\u{a0}Santé\u{a0}Connect sont inutilisables",
            cause: "Pro\u{a0}Santé\u{a0}Connect publie ses adresses et ses clés\u{a0}: le serveur de connexion n’a pas pu les vérifier.",
            remedy: "Réessayez dans quelques minutes. Si cela continue, prévenez le support\u{a0}: l’environnement choisi et le réseau sont à vérifier.",
        },
        ErrorCode::AssuranceLevelRefused => Explanation {
            title: "Ce moyen d’identification ne suffit pas",
            cause: "Il faut un moyen d’identification plus sûr que celui qui vient d’être utilisé.",
            remedy: "Recommencez avec votre carte CPS ou votre application e-CPS.",
        },
        ErrorCode::PscIssuerMismatch => Explanation {
            title: "La réponse ne vient pas de Pro\u{a0}Santé\u{a0}Connect",
            cause: "Son émetteur n’est pas celui attendu. Par sécurité, aucune session n’a été ouverte.",
            remedy: "Fermez les anciens onglets, puis recommencez depuis l’application.",
        },
        ErrorCode::PscCertificateRefused => Explanation {
            title: "Pro\u{a0}Santé\u{a0}Connect refuse le certificat du serveur",
            cause: "Le certificat a expiré, n’est pas celui qui a été déclaré, ou manque. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: le certificat présenté à Pro\u{a0}Santé\u{a0}Connect est à vérifier.",
        },
        ErrorCode::PscUntrusted => Explanation {
            title: "L’identité de Pro\u{a0}Santé\u{a0}Connect n’a pas pu être vérifiée",
            cause: "Le certificat présenté n’est pas reconnu. Par sécurité, rien n’a été envoyé.",
            remedy: "Prévenez le support\u{a0}: une autorité de certification manque, ou un équipement du réseau intercepte le TLS.",
        },
        ErrorCode::ClockWrong => Explanation {
            title: "L’heure du serveur de connexion est déréglée",
            cause: "L’horloge du serveur et celle de Pro\u{a0}Santé\u{a0}Connect ont trop d’écart. Ni votre poste, ni votre carte ne sont en cause.",
            remedy: "Prévenez le support\u{a0}: l’horloge du serveur est à régler. Recommencer n’y changera rien.",
        },
        ErrorCode::PscProxyRefused => Explanation {
            title: "Le proxy bloque Pro\u{a0}Santé\u{a0}Connect",
            cause: "Le serveur de connexion passe par un proxy de sortie, qui ne répond pas ou refuse. Cela ne vient pas de vous.",
            remedy: "Prévenez le support\u{a0}: l’adresse, le compte ou les règles de ce proxy sont à vérifier.",
        },
        ErrorCode::CardServiceMissing => Explanation {
            title: "Pas de détection de carte sur ce poste",
            cause: "Aucun service de cartes à puce ne répond. La connexion n’en dépend pas\u{a0}: carte et e-CPS restent possibles dans le navigateur.",
            remedy: "Pour que la carte soit détectée, demandez au support d’installer le service du système (paquet pcscd sous Debian) et le pilote du lecteur.",
        },
        ErrorCode::CardServiceRefused => Explanation {
            title: "La détection de carte est refusée à cette session",
            cause: "Le service de cartes à puce répond, mais pas à cette session du poste\u{a0}: souvent une session à distance. La connexion n’en dépend pas.",
            remedy: "Le support peut l’autoriser par les règles du système (polkit sous Linux).",
        },
        ErrorCode::CardReaderMissing => Explanation {
            title: "Aucun lecteur de carte n’est détecté",
            cause: "Le service de cartes à puce fonctionne et ne connaît aucun lecteur\u{a0}: débranché, sans pilote, ou d’un type que le système ne reconnaît pas.",
            remedy: "Vérifiez le branchement et le pilote du lecteur. Un lecteur bi-fente géré par GALSS n’est pas détecté ici, et fonctionne quand même dans le navigateur.",
        },
        ErrorCode::CardMute => Explanation {
            title: "La carte ne répond pas au lecteur",
            cause: "Elle est mal enfoncée, à l’envers, ou sa puce est sale ou abîmée.",
            remedy: "Retirez-la, essuyez la puce, remettez-la à fond, puce en avant, puis réessayez.",
        },
        ErrorCode::CardsSeveral => Explanation {
            title: "Plusieurs cartes CPS sont dans les lecteurs",
            cause: "L’application ne sait pas laquelle est la vôtre\u{a0}: le retrait d’une carte ne ferme ni ne verrouille rien.",
            remedy: "Ne laissez que votre carte, puis réessayez.",
        },
    }
}
