//! The pages of the companion speak as the window does.

use vestibule_model::language::Language;
use vestibule_model::view::{AppRequest, Screen};
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::workplace::Workplace;

#[tokio::test]
async fn exi_03_the_pages_follow_the_language_of_the_window_from_one_sign_in_to_the_next() -> anyhow::Result<()> {
    let stack = Stack::start(Options::default()).await?;
    let mut place = Workplace::new(&stack.companion_url, now(), "")?;
    let mut app = place.start()?;
    for (language, title) in [(Language::En, "Terms of use"), (Language::Fr, "Conditions d’utilisation")] {
        app.handle.request(AppRequest::SetLanguage { language });
        app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await?;
        place.signs_in(&mut app, "camille").await?;
        let page = place.reads(&format!("{}/terms", stack.companion_url)).await?;
        assert!(page.body.contains(title) && page.body.contains(&format!("<html lang=\"{}\">", language.tag())), "{}", page.body);
        app.handle.request(AppRequest::SignOut);
    }
    Ok(())
}
