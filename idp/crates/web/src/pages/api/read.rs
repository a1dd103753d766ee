//! From the OpenAPI document to what the page shows. Whatever the document does not say is left out.

use serde_json::{Map, Value};

use super::{Answer, ApiPage, Body, Field, Group, Operation, Piece, Schema, Text};
use crate::pages::Chrome;

/// What a reference to a schema begins with.
const SCHEMAS: &str = "#/components/schemas/";

impl ApiPage {
    pub fn of(chrome: Chrome, document: &Value, document_url: String) -> Self {
        let operations = operations(document);
        let group = |tag: &Value| {
            let name = text(&tag["name"]);
            let of_tag = |(tag, operation): &(String, Operation)| (*tag == name).then(|| operation.clone());
            Group {
                operations: operations.iter().filter_map(of_tag).collect(),
                words: Text::read(&text(&tag["description"])),
                name,
            }
        };
        let schema = |(name, schema): (&String, &Value)| Schema {
            name: name.clone(),
            words: paragraphs(&text(&schema["description"])),
            fields: fields(schema),
        };
        Self {
            chrome,
            document_url,
            version: text(&document["info"]["version"]),
            introduction: paragraphs(&text(&document["info"]["description"])),
            groups: document["tags"].as_array().into_iter().flatten().map(group).collect(),
            schemas: object(&document["components"]["schemas"]).map(schema).collect(),
        }
    }
}

/// Every operation, with its tag.
fn operations(document: &Value) -> Vec<(String, Operation)> {
    let of_path = |(path, methods): (&String, &Value)| -> Vec<(String, Operation)> {
        let read = |(method, told): (&String, &Value)| {
            (text(&told["tags"][0]), operation(document, path, method, told))
        };
        object(methods).map(read).collect()
    };
    object(&document["paths"]).flat_map(of_path).collect()
}

fn operation(document: &Value, path: &str, method: &str, told: &Value) -> Operation {
    let scopes = list(&told["security"]).flat_map(|way| list(&way["token"])).map(text);
    let answer = |(status, told): (&String, &Value)| Answer {
        status: status.clone(),
        words: Text::read(&text(&told["description"])),
        media_types: object(&told["content"]).map(|(media_type, _)| media_type.clone()).collect(),
        schema: object(&told["content"]).find_map(|(_, content)| reference(&content["schema"])),
    };
    Operation {
        id: text(&told["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&told["summary"]),
        words: paragraphs(&text(&told["description"])),
        scopes: scopes.collect(),
        parameters: list(&told["parameters"]).map(parameter).collect(),
        body: told.get("requestBody").map(|body| self::body(document, body)),
        answers: object(&told["responses"]).map(answer).collect(),
    }
}

fn parameter(told: &Value) -> Field {
    Field {
        name: text(&told["name"]),
        kind: format!("{}, {}", text(&told["in"]), kind(&told["schema"])),
        is_required: told["required"] == true,
        words: Text::read(&text(&told["description"])),
        schema: None,
    }
}

fn body(document: &Value, told: &Value) -> Body {
    let content = || object(&told["content"]);
    let schema = content().find_map(|(_, content)| reference(&content["schema"]));
    let example = schema.as_ref().and_then(|name| example(&document["components"]["schemas"][name]));
    Body { media_types: content().map(|(media_type, _)| media_type.clone()).collect(), schema, example }
}

/// An object made of the examples of its fields.
fn example(schema: &Value) -> Option<String> {
    let told = |(name, field): (&String, &Value)| Some((name.clone(), field.get("example")?.clone()));
    let examples: Map<String, Value> = object(&schema["properties"]).filter_map(told).collect();
    if examples.is_empty() { None } else { serde_json::to_string_pretty(&examples).ok() }
}

fn fields(schema: &Value) -> Vec<Field> {
    let is_required = |name: &str| list(&schema["required"]).any(|required| required == name);
    let field = |(name, told): (&String, &Value)| Field {
        name: name.clone(),
        kind: kind(told),
        is_required: is_required(name),
        words: Text::read(&text(&told["description"])),
        schema: reference(told).or_else(|| reference(&told["items"])),
    };
    object(&schema["properties"]).map(field).collect()
}

/// `string`, `string or null`, `list of ...`.
fn kind(schema: &Value) -> String {
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(name) = schema["$ref"].as_str() {
        return name.strip_prefix(SCHEMAS).unwrap_or(name).to_owned();
    }
    match &schema["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    }
}

/// The name of the schema that a schema refers to, or may.
fn reference(schema: &Value) -> Option<String> {
    let named = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
    named.map(str::to_owned).or_else(|| list(&schema["oneOf"]).find_map(reference))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn paragraphs(text: &str) -> Vec<Text> {
    text.split("\n\n").filter(|text| !text.trim().is_empty()).map(Text::read).collect()
}

impl Text {
    /// The little of Markdown that descriptions use: `code` and **strong**.
    fn read(text: &str) -> Self {
        let mut pieces = Vec::new();
        for (n, part) in text.trim().split('`').enumerate() {
            if n % 2 == 1 {
                pieces.push(Piece::Code(part.to_owned()));
                continue;
            }
            let strong = |(n, part): (usize, &str)| {
                let part = part.to_owned();
                if n % 2 == 1 { Piece::Strong(part) } else { Piece::Plain(part) }
            };
            pieces.extend(part.split("**").enumerate().map(strong));
        }
        pieces.retain(|piece| !matches!(piece, Piece::Plain(text) if text.is_empty()));
        Self(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn code_and_strong_words_are_told_apart() {
        let plain = |text: &str| Piece::Plain(text.to_owned());
        assert_eq!(
            Text::read("**Twice.** Use `ETag` <b>now</b>").0,
            [
                Piece::Strong("Twice.".to_owned()),
                plain(" Use "),
                Piece::Code("ETag".to_owned()),
                plain(" <b>now</b>"),
            ]
        );
        assert_eq!(Text::read(""), Text::default());
    }

    #[test]
    fn kinds_are_said_in_words() {
        for (schema, words) in [
            (json!({"type": "string"}), "string"),
            (json!({"type": ["string", "null"]}), "string or null"),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/Row"}}), "list of Row"),
            (json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Row"}]}), "null or Row"),
            (json!({}), ""),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }
}
