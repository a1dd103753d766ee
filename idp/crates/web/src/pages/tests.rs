//! Every page with every sample in every language, looked at as a browser and a screen reader would.
//! With `IDP_PAGES_OUT` set to a folder, the pages and their assets are written there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use scraper::{ElementRef, Html, Selector};

pub(super) use super::samples::Samples;
use super::samples::{Rendered, all_pages, pages_in};
use super::*;

pub(super) fn chrome() -> Chrome {
    let brand =
        Brand { base: String::new(), product: "Home Identity".into(), operator: "Home Care Software".into() };
    Chrome::new(&brand, Locale::default(), 2026)
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|ext| ext == extension) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((stem, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn every_template_is_a_page_with_samples() {
    let rendered: BTreeSet<String> =
        all_pages("").iter().map(|page| page.name.split('.').next().unwrap().to_owned()).collect();
    let pages_in = |folder: &str, prefix: &str| -> Vec<String> {
        let files = std::fs::read_dir(crate_folder().join(folder)).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter_map(|name| Some(format!("{prefix}{}", name.strip_suffix(".html")?))).collect()
    };
    let templates: BTreeSet<String> = pages_in("templates", "")
        .into_iter()
        .chain(pages_in("templates/device", "device_"))
        .chain(pages_in("templates/office", "office_"))
        .filter(|name| name != "layout")
        .collect();
    assert_eq!(rendered, templates);
}

/// R93: real labels, unique ids, one heading, at most one thing that takes the focus.
#[test]
fn every_page_is_well_formed_and_labelled() {
    for Rendered { name, html } in all_pages("") {
        let page = Html::parse_document(&html);
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        assert_eq!(select(&page, "h1").len(), 1, "{name}: one heading");
        assert!(select(&page, "html[lang][dir]").len() == 1, "{name}: language and direction");
        assert!(select(&page, "[autofocus]").len() <= 1, "{name}: one focus");
        let ids: Vec<_> = select(&page, "[id]").iter().filter_map(|e| e.value().id()).collect();
        let known: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name}: ids are unique");
        for input in select(&page, "input:not([type=hidden]), select") {
            let id = input.value().id().unwrap_or_else(|| panic!("{name}: a field without id"));
            let labels = select(&page, &format!("label[for={id}]"));
            assert_eq!(labels.len(), 1, "{name}: one label for {id}");
            assert!(!labels[0].text().collect::<String>().trim().is_empty(), "{name}: {id} has words");
        }
        for reference in ["for", "form", "aria-describedby", "aria-labelledby"] {
            for element in select(&page, &format!("[{reference}]")) {
                for id in element.attr(reference).unwrap().split_whitespace() {
                    assert!(known.contains(id), "{name}: {reference} names {id}, which is not there");
                }
            }
        }
        for link in select(&page, "a[href^='#']") {
            assert!(known.contains(&link.attr("href").unwrap()[1..]), "{name}: a link to nowhere");
        }
    }
}

/// Content-Security-Policy without `unsafe-inline` and without other origins; assets below the issuer's path.
#[test]
fn no_page_holds_inline_code_or_fetches_from_elsewhere() {
    for Rendered { name, html } in all_pages("/auth") {
        let page = Html::parse_document(&html);
        for element in select(&page, "*") {
            let inline = element.value().attrs().find(|(key, _)| *key == "style" || key.starts_with("on"));
            assert!(inline.is_none(), "{name}: {inline:?}");
        }
        assert!(
            select(&page, "style, script:not([src]), iframe, base, meta[http-equiv]").is_empty(),
            "{name}"
        );
        for picture in select(&page, "img") {
            let url = picture.attr("src").unwrap();
            assert!(url.starts_with("/auth/logos/"), "{name}: {url}");
            assert!(picture.attr("alt").is_some(), "{name}: nothing to say instead of the picture");
        }
        for element in select(&page, "link[href], script[src]") {
            let url = element.attr("href").or(element.attr("src")).unwrap();
            let file = url.strip_prefix("/auth/assets/").unwrap_or_else(|| panic!("{name}: {url}"));
            assert!(Asset::find(file).is_some(), "{name}: {url} is not served");
        }
        for form in select(&page, "form") {
            let action = form.attr("action").unwrap();
            assert!(action.starts_with('/') || posts_to_a_client(&name), "{name}: posts to {action}");
            let is_search = form.attr("method") == Some("get") && form.attr("role") == Some("search");
            assert!(is_search || form.attr("method") == Some("post"), "{name}");
        }
    }
}

/// `response_mode=form_post`.
fn posts_to_a_client(name: &str) -> bool {
    ["form_post.", "stopped.posted."].iter().any(|known| name.starts_with(known))
}

#[test]
fn every_form_of_ours_carries_its_csrf_token_and_its_flow() {
    for Rendered { name, html } in all_pages("").into_iter().filter(|page| !posts_to_a_client(&page.name)) {
        let page = Html::parse_document(&html);
        let searches = select(&page, "form[role=search] [name=csrf]");
        assert!(searches.is_empty(), "{name}: a token in an address");
        for form in select(&page, "form:not([role=search])") {
            for (field, value) in [("csrf", "csrf-token"), ("flow", "sealed-flow")] {
                let selector = Selector::parse(&format!("input[type=hidden][name={field}]")).unwrap();
                let sent: Vec<_> = form.select(&selector).filter_map(|input| input.attr("value")).collect();
                assert_eq!(sent, [value], "{name}: {field}");
            }
        }
    }
}

/// An error stands in the summary, which takes the focus and links to the field, and beside the field.
#[test]
fn what_is_wrong_is_said_on_top_and_beside_its_field() {
    let mut seen = 0;
    for Rendered { name, html } in all_pages("") {
        let page = Html::parse_document(&html);
        let Some(summary) = select(&page, "#problem").into_iter().next() else { continue };
        assert!(summary.attr("autofocus").is_some() && summary.attr("tabindex") == Some("-1"), "{name}");
        assert!(select(&page, "title")[0].inner_html().starts_with("Error: "), "{name}: the title says so");
        for link in summary.select(&Selector::parse("a").unwrap()) {
            let field = &link.attr("href").unwrap()[1..];
            let beside = select(&page, &format!("#{field}-wrong"));
            assert_eq!(beside[0].inner_html(), link.inner_html(), "{name}: {field}");
            let input = select(&page, &format!("#{field}"))[0];
            assert_eq!(input.attr("aria-invalid"), Some("true"), "{name}: {field}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} errors were looked at");
}

/// R40, R41, R44, R47, R49, R50, R67: the guides' words, letter by letter.
#[test]
fn the_words_of_the_guides_are_used_word_for_word() {
    let pages = all_pages("");
    for (page, words) in [
        (
            "create_password.fresh",
            &["Create Password", "Username", "Password", "Confirm Password", "Change password"][..],
        ),
        (
            "log_in.after-activation",
            &[
                "Log In",
                "Use your Home Identity account to log in.",
                "UserName",
                "Password",
                "Remember me",
                "Log in",
                "Your password has been reset. Please log in and configure your Security Questions.",
                "Home Identity · © 2026 Home Care Software",
            ],
        ),
        (
            "security_questions.fresh",
            &[
                "Security Questions",
                "Please complete three security questions. These will be used to verify your identity.",
                "Question #1",
                "Question #2",
                "Question #3",
                "Please choose a question",
                "Save",
                "Cancel",
            ],
        ),
        ("link_problem.superseded", &["This link was replaced by a newer one"]),
    ] {
        let html = &pages.iter().find(|rendered| rendered.name == format!("{page}.en")).unwrap().html;
        let page_text: Vec<_> =
            Html::parse_document(html).root_element().text().map(|t| t.trim().to_owned()).collect();
        for word in words {
            assert!(page_text.iter().any(|text| text == word), "{page}: {word}");
        }
    }
    let wrong = &pages.iter().find(|rendered| rendered.name == "log_in.wrong.en").unwrap().html;
    assert!(wrong.contains("Invalid username or password"), "R47");
}

/// R93, rules P6: password managers recognise the fields; Save is what Enter presses (R46).
#[test]
fn password_managers_find_what_they_look_for() {
    let pages = all_pages("");
    for (page, selectors) in [
        (
            "log_in.empty",
            &[
                "#username[name=username][autocomplete=username][autofocus]",
                "#password[name=password][type=password][autocomplete=current-password]",
                "#remember[type=checkbox]",
                "#login-submit[type=submit]",
            ][..],
        ),
        ("log_in.after-activation", &["#username[value='frank.jones@example.com']", "#password[autofocus]"]),
        (
            "create_password.fresh",
            &[
                "#username[readonly][autocomplete=username]",
                "#password[autocomplete=new-password]",
                "#confirm[autocomplete=new-password]",
                "#password-submit",
            ],
        ),
        (
            "security_questions.not-chosen",
            &[
                "#question-2 option[value=driving-instructor][selected]",
                "#answer-1[autocomplete=off][value=Biscuit]",
                "#questions-save[form=questions]",
                "#questions-cancel[form=cancel]",
            ],
        ),
        ("confirm_logout.asked", &["#logout-yes", "#logout-no"]),
        ("consent.little", &["#consent-allow", "#consent-deny", "#consent-other-account"]),
        (
            "account.empty",
            &["#account-save[type=submit]", "#log-out", "[aria-current=page][href='/account']"],
        ),
        (
            "change_password.own",
            &[
                "#username[readonly][autocomplete=username]",
                "#current[name=current][type=password][autocomplete=current-password][autofocus]",
                "#password[autocomplete=new-password]",
                "#confirm[autocomplete=new-password]",
                "#end-others[type=checkbox][checked]",
                "#password-submit[form=change]",
            ],
        ),
        ("verify_email.fresh", &["#code[autocomplete=one-time-code][autofocus]", "#verify-again"]),
        ("security.plain", &["#to-password", "#to-questions", "#to-recovery-code", "#to-email"]),
        ("recovery_code.made", &["#code-make[value=make]", "#code-remove[value=remove]"]),
        ("recovery_code_shown.shown", &["#saved-code", "#code-tools[hidden]", "#code-done"]),
        (
            "device_code.empty",
            &[
                "#user-code[name=user_code][autocomplete=one-time-code][autocapitalize=characters][autofocus]",
                "#user-code[inputmode=text]",
                "#user-code-submit[type=submit]",
            ],
        ),
        ("device_code.given", &["#user-code[value='WDJB-MJHT']:not([autofocus])"]),
        ("device_elsewhere.known", &["#device-deny[value=deny]", "#device-mine[value='it-is-mine']"]),
        ("apps.two", &["[aria-current=page][href='/account/apps']", "#app-2-withdraw"]),
        ("welcome.logged-in", &["#account[href='/account']", "#log-out"]),
        ("link_problem.expired", &["form #link-renew"]),
        ("error.server", &["#request-id"]),
    ] {
        let html = &pages.iter().find(|rendered| rendered.name == format!("{page}.en")).unwrap().html;
        for selector in selectors {
            assert_eq!(select(&Html::parse_document(html), selector).len(), 1, "{page}: {selector}");
        }
    }
}

#[test]
fn hostile_names_stay_text() {
    let hostile = r#""><script>alert(1)</script>"#;
    let brand = Brand { base: String::new(), product: hostile.into(), operator: hostile.into() };
    let name = hostile.to_owned();
    let chrome = Chrome::new(&brand, Locale::default(), 2026).for_agency(Agency {
        name: name.clone(),
        phone: Some(name.clone()),
        email: Some(name),
        accent: Accent::default(),
        logo: None,
    });
    for Rendered { name, html } in pages_in(&chrome) {
        assert!(select(&Html::parse_document(&html), "script:not([src])").is_empty(), "{name}");
    }
}

/// `company.md` section 3, "Branding": a class that the stylesheet knows, and no style of anybody's own.
#[test]
fn a_page_wears_the_colours_of_its_agency() {
    let brand = Brand { base: String::new(), product: "P".into(), operator: "O".into() };
    let page = |accent: Accent| {
        let chrome = Chrome::new(&brand, Locale::default(), 2026);
        let chrome = chrome.for_agency(Agency { accent, ..samples::agency() });
        let (_, page) = SignedOut::samples(&chrome).into_iter().next().expect("a sample");
        page.render().expect("a page")
    };
    for accent in Accent::VARIANTS {
        let class = format!(r#"class="accent-{}""#, accent.as_str());
        assert_eq!(page(accent).contains(&class), accent != Accent::default(), "{class}");
    }
}

/// `pages.md`: the logo stands above the name, which says the same to who does not see it; without one, the initials do.
#[test]
fn a_page_wears_the_logo_of_its_agency() {
    let brand = Brand { base: String::new(), product: "P".into(), operator: "O".into() };
    let page = |logo: Option<LogoImage>| {
        let chrome = Chrome::new(&brand, Locale::default(), 2026);
        let chrome = chrome.for_agency(Agency { logo, ..samples::agency() });
        let (_, page) = SignedOut::samples(&chrome).into_iter().next().expect("a sample");
        Html::parse_document(&page.render().expect("a page"))
    };
    let logo = LogoImage { url: "/logos/5f.png".to_owned(), width: 480, height: 120 };
    let branded = page(Some(logo));
    let picture = "header .brand img.logo[src='/logos/5f.png'][width='480'][height='120'][alt='']";
    assert_eq!(select(&branded, picture).len(), 1);
    assert_eq!(select(&branded, "header .brand")[0].text().collect::<String>().trim(), "Maple Home Care");
    assert!(select(&branded, ".mark").is_empty());
    let bare = page(None);
    assert!(select(&bare, "img").is_empty() && select(&bare, "header .mark").len() == 1);
}

#[test]
fn neither_tokens_nor_answers_show_in_debug() {
    let brand = Brand { base: String::new(), product: "P".into(), operator: "O".into() };
    let chrome = Chrome::new(&brand, Locale::default(), 2026);
    for (name, page) in SecurityQuestions::samples(&chrome) {
        let shown = format!("{page:?}");
        for secret in ["csrf-token", "sealed-flow", "Biscuit"] {
            assert!(!shown.contains(secret), "{name}: {secret}");
        }
    }
    for (name, page) in RecoveryCodeShown::samples(&chrome) {
        assert!(!format!("{page:?}").contains("7Z0QK"), "{name}");
    }
}

#[test]
fn an_agency_has_a_mark_and_a_number_to_dial() {
    let named = |name: &str, phone: &str| Agency {
        name: name.into(),
        phone: Some(phone.into()),
        email: None,
        accent: Accent::default(),
        logo: None,
    };
    assert_eq!(named("Maple Home Care", "").mark(), "MH");
    assert_eq!(named("  élan (2nd) ", "").mark(), "É2");
    assert_eq!(named("", "").mark(), "");
    assert_eq!(named("", "(519) 555-0142").dial().as_deref(), Some("tel:5195550142"));
    assert_eq!(named("", "+1 519 555 0142").dial().as_deref(), Some("tel:+15195550142"));
    assert_eq!(named("", "ask Ruth").dial(), None);
}

/// How texts are asked for, and what follows the key where several are asked for at once.
const CALLS: &[(&str, &[&str])] = &[
    (".t(\"", &[""]),
    (".t_with(\"", &[""]),
    (".label(\"", &[""]),
    ("Key(\"", &[""]),
    (".text(\"", &[""]),
    (".say(\"", &[""]),
    (".button(\"", &[""]),
    (".address(\"", &[""]),
    ("named::client(texts, \"", &[""]),
    ("named::client(chrome.texts, \"", &[""]),
    (".titled(\"", &["-subject", "-preheader", "-heading"]),
    ("Told(\"", &["-subject", "-happened", "-next"]),
];

/// Every text a template or a type asks for exists in every language, and no locale file holds one nobody asks for.
#[test]
fn template_keys_and_locale_keys_agree() {
    let mut asked: BTreeSet<String> =
        QuestionId::VARIANTS.iter().map(|id| format!("question-{}", id.as_str())).collect();
    let sources = [
        files_below(&crate_folder().join("templates"), "html"),
        files_below(&crate_folder().join("src"), "rs"),
    ];
    for (name, content) in sources.iter().flatten().filter(|(name, _)| name != "tests" && name != "locale") {
        for (call, endings) in CALLS {
            for rest in content.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(key.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}: {key}");
                asked.extend(endings.iter().map(|ending| format!("{key}{ending}")));
            }
        }
    }
    for locale in Locale::all() {
        let files = files_below(&crate_folder().join("locales").join(locale.to_string()), "ftl");
        let lines = files.iter().flat_map(|(_, content)| content.lines());
        let keys: Vec<String> = lines
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .map(|line| line.split_once(" = ").unwrap_or_else(|| panic!("{line}")).0.to_owned())
            .collect();
        let known: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(keys.len(), known.len(), "{locale}: a key is there twice");
        assert_eq!(
            known.difference(&asked).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{locale}: nobody asks"
        );
        assert_eq!(asked.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "{locale}: missing");
    }
}

/// What a person reads or hears of a page: its texts, and the attributes that are read out or shown.
fn words_of(page: &Html) -> Vec<&str> {
    let spoken = ["aria-label", "alt", "title", "placeholder", "data-label", "content"];
    let elements = select(page, "*").into_iter();
    let attributes = elements.flat_map(|it| spoken.into_iter().filter_map(move |name| it.value().attr(name)));
    let texts = select(page, "html").into_iter().flat_map(|it| it.text().collect::<Vec<_>>());
    attributes.chain(texts).map(str::trim).collect()
}

/// No text is a key, known or unknown, or has one among its words, or holds a variable that nobody filled. Keys are small
/// letters and hyphens alone (`template_keys_and_locale_keys_agree`), so that addresses, dates and numbers are none.
#[test]
fn every_variable_is_filled() {
    let files = files_below(&crate_folder().join("locales"), "ftl");
    let lines = files.iter().flat_map(|(_, content)| content.lines());
    let known: HashSet<&str> = lines.filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let of_key = |c: char| c.is_ascii_lowercase() || c == '-';
    let is_key = |text: &str| text.len() > 6 && text.contains('-') && text.chars().all(of_key);
    for Rendered { name, html } in all_pages("") {
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name}");
        for text in words_of(&Html::parse_document(&html)) {
            assert!(!is_key(text), "{name}: a key? {text}");
            let mut words = text.split(|c: char| !of_key(c)).filter(|word| word.contains('-'));
            assert_eq!(words.find(|word| known.contains(word)), None, "{name}: a key in {text}");
        }
    }
}

#[test]
fn pages_are_written_where_they_can_be_looked_at() {
    let Some(folder) = std::env::var_os("IDP_PAGES_OUT").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for Rendered { name, html } in all_pages("") {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
    for asset in Asset::VARIANTS {
        std::fs::write(folder.join(&asset.path()[1..]), asset.served().bytes).unwrap();
    }
}
