//! SOAP envelopes (wire reference, sections 1.1 and 7.1).
//!
//! In: any prefixes, any order of elements. Out: result elements without prefixes and
//! attributes, in the order of the WSDL, because clients read them by regular expressions.

use schema::source::xml::{self, Element};

/// The two dialects differ in namespaces only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Partner,
    Enterprise,
}

impl Dialect {
    fn name(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Enterprise => "enterprise",
        }
    }
}

/// A request.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The session of `SessionHeader`.
    pub session: Option<String>,
    /// The org of `LoginScopeHeader`.
    pub organization: Option<String>,
    /// The first element of the body.
    pub operation: Element,
}

/// Reads a request, or says why it is none.
pub(crate) fn parse(body: &[u8]) -> Result<Envelope, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the text is not UTF-8".to_owned())?;
    let root = xml::parse(text).map_err(|it| format!("line {}: {it}", it.line))?;
    if root.name != "Envelope" {
        return Err(format!("the root element is {}, not Envelope", root.name));
    }
    let header = |block: &str, name: &str| {
        let block = root.child("Header")?.child(block)?;
        block.text_of(name).map(str::to_owned)
    };
    let session = header("SessionHeader", "sessionId");
    let organization = header("LoginScopeHeader", "organizationId");
    let body = root.children.into_iter().find(|it| it.name == "Body");
    let operation = body.and_then(|it| it.children.into_iter().next());
    Ok(Envelope {
        session,
        organization,
        operation: operation.ok_or("the body holds no operation")?,
    })
}

/// Writes the answer to `operation`; `content` stands within its element.
pub(crate) fn response(dialect: Dialect, operation: &str, content: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"urn:{}.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <soapenv:Body><{operation}Response>{content}</{operation}Response></soapenv:Body>\
         </soapenv:Envelope>",
        dialect.name()
    )
    .into_bytes()
}

/// Writes a fault. `kind` is the type of its detail, `LoginFault` or another of the WSDL's.
pub(crate) fn fault(dialect: Dialect, kind: &str, code: &str, message: &str) -> Vec<u8> {
    let message = escape(message);
    // Clients look for these prefixes literally.
    let faultcode = if kind == "LoginFault" { code.to_owned() } else { format!("sf:{code}") };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:sf=\"urn:fault.{}.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <soapenv:Body><soapenv:Fault><faultcode>{faultcode}</faultcode>\
         <faultstring>{code}: {message}</faultstring>\
         <detail><sf:{kind} xsi:type=\"sf:{kind}\">\
         <sf:exceptionCode>{code}</sf:exceptionCode>\
         <sf:exceptionMessage>{message}</sf:exceptionMessage>\
         </sf:{kind}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        dialect.name()
    )
    .into_bytes()
}

/// Elements one after the other.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, &escape(text));
    }

    pub(crate) fn bool(&mut self, name: &str, bool: bool) {
        self.element(name, if bool { "true" } else { "false" });
    }

    /// An element that is null where there is no text.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.0.push_str(&format!("<{name} xsi:nil=\"true\"/>")),
        }
    }

    /// An element of finished content.
    pub(crate) fn element(&mut self, name: &str, content: &str) {
        self.0.push_str(&format!("<{name}>{content}</{name}>"));
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What XML cannot hold.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_prefixes_are_read() {
        let body = b"<se:Envelope xmlns:se='http://schemas.xmlsoap.org/soap/envelope/'>\
            <se:Header xmlns='urn:partner.soap.sforce.com'>\
            <SessionHeader><sessionId> 00D!x </sessionId></SessionHeader></se:Header>\
            <se:Body><n1:login xmlns:n1='urn:partner.soap.sforce.com'>\
            <n1:password>a&amp;&lt;b &#x41;</n1:password><n1:username>u</n1:username>\
            </n1:login></se:Body></se:Envelope>";
        let envelope = parse(body).unwrap();
        assert_eq!(envelope.session.as_deref(), Some("00D!x"));
        assert_eq!(envelope.operation.name, "login");
        assert_eq!(envelope.operation.text_of("password"), Some("a&<b A"));
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for body in [
            "",
            "<a/>",
            "<Envelope/>",
            "<Envelope><Body/></Envelope>",
            "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><Envelope/>",
            "<Envelope><Body>",
        ] {
            parse(body.as_bytes()).map(|it| it.operation.name).unwrap_err();
        }
    }
}
