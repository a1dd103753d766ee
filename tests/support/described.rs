//! The OpenAPI document as a judge: every answer of the provisioning API that a test gets is compared with what is said of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use idp_service::endpoint::Issuer;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::app::ISSUER;
use super::relying_party::Answer;

/// What people read about problems.
const PROBLEMS: &str = include_str!("../../docs/provisioning.md");

/// The document of the provider of the tests, and a judge of each of its schemas.
pub(crate) struct Described {
    pub(crate) document: Value,
    schemas: BTreeMap<String, Validator>,
}

pub(crate) static DESCRIBED: LazyLock<Described> = LazyLock::new(|| {
    let issuer = Issuer::new(ISSUER.to_owned()).expect("a URL");
    let document = idp_web::openapi(&issuer).expect("a description");
    let mut components = document["components"].clone();
    merge(&mut components["schemas"]);
    close(&mut components["schemas"]);
    let names = document["components"]["schemas"].as_object().expect("schemas").keys();
    let schemas = names.map(|name| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
        (name.clone(), jsonschema::draft202012::new(&schema).expect("a schema"))
    });
    Described { schemas: schemas.collect(), document }
});

/// Makes one object of a schema that is several (`allOf`), so that it can be closed.
fn merge(schemas: &mut Value) {
    let known = schemas.clone();
    for schema in schemas.as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
        let Some(parts) = schema["allOf"].as_array().cloned() else { continue };
        let mut whole = json!({"type": "object", "properties": {}, "required": []});
        for part in parts {
            let named = part["$ref"].as_str().and_then(|it| it.rsplit('/').next());
            let part = named.map_or(&part, |name| &known[name]);
            let properties = part["properties"].as_object().expect("properties").clone();
            whole["properties"].as_object_mut().expect("properties").extend(properties);
            let required = part["required"].as_array().cloned().unwrap_or_default();
            whole["required"].as_array_mut().expect("names").extend(required);
        }
        *schema = whole;
    }
}

/// A property that is not described is a mistake.
fn close(schema: &mut Value) {
    if schema.get("properties").is_some_and(Value::is_object) && schema["type"] == "object" {
        schema["additionalProperties"] = json!(false);
    }
    for inner in schema.as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
        close(inner);
    }
    for inner in schema.as_array_mut().into_iter().flatten() {
        close(inner);
    }
}

impl Described {
    /// The described path that a request was for.
    pub(crate) fn path(&self, path: &str) -> Option<&str> {
        let paths = self.document["paths"].as_object().expect("paths").keys();
        // The longer end says more: a verb rather than any member.
        let fitting = paths.filter(|template| fits(template, path));
        fitting.max_by_key(|template| template.len() - template.rfind('}').unwrap_or(0)).map(String::as_str)
    }

    /// Fails the test unless the answer is one that the document describes.
    pub(crate) fn judge(&self, method: &Method, uri: &str, answer: &Answer) {
        let path = uri.split('?').next().unwrap_or(uri);
        let Some(template) = self.path(path) else {
            assert!(answer.status >= 400, "{method} {path} is not described: {answer:?}");
            return;
        };
        let operation = &self.document["paths"][template][method.as_str().to_lowercase()];
        if operation.is_null() {
            let is_none = matches!(answer.status, 404 | 405);
            assert!(is_none, "{method} {template} is not described: {answer:?}");
            return;
        }
        let place = format!("{method} {template} {}", answer.status);
        let told = &operation["responses"][answer.status.to_string()];
        assert!(!told.is_null(), "{place} is not described: {answer:?}");
        for header in told["headers"].as_object().into_iter().flat_map(|it| it.keys()) {
            assert!(answer.headers.contains_key(header), "{place} lacks {header}: {answer:?}");
        }
        self.judge_body(told, answer, &place);
    }

    fn judge_body(&self, told: &Value, answer: &Answer, place: &str) {
        let Some(content) = told["content"].as_object() else {
            assert!(answer.body.is_empty(), "{place} describes no body: {answer:?}");
            return;
        };
        let media_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default();
        let described =
            content.get(media_type).unwrap_or_else(|| panic!("{place}: {media_type:?} {answer:?}"));
        let Some(name) = described["schema"]["$ref"].as_str().and_then(|it| it.rsplit('/').next()) else {
            assert!(!media_type.ends_with("json"), "{place} describes no schema");
            return;
        };
        let problems: Vec<String> =
            self.schemas[name].iter_errors(&answer.json).map(|it| it.to_string()).collect();
        assert!(problems.is_empty(), "{place}: {problems:?} {answer:?}");
        if let Some(kind) = answer.json["type"].as_str().and_then(|it| it.strip_prefix("urn:idp:problem:")) {
            assert!(
                PROBLEMS.contains(&format!("`{kind}`")),
                "{kind} is not explained in docs/provisioning.md"
            );
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let segment = |(told, is): (&&str, &&str)| match told.split_once('}') {
        Some((_, end)) => is.len() > end.len() && is.ends_with(end),
        None => told == is,
    };
    template.len() == path.len() && template.iter().zip(&path).all(segment)
}

#[test]
fn a_verb_is_told_apart_from_a_member() {
    let member = "/admin/v1/companies/{company}/members/{member}";
    let resend = format!("{member}:resend");
    assert_eq!(DESCRIBED.path("/admin/v1/companies/99999/members/mbr_1"), Some(member));
    assert_eq!(DESCRIBED.path("/admin/v1/companies/99999/members/mbr_1:resend"), Some(resend.as_str()));
    assert_eq!(DESCRIBED.path("/admin/v1/companies/99999/members/mbr_1/x"), None);
}
