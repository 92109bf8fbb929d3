//! Why no token is given or ended, in OAuth's vocabulary (wire reference, section 1.2).
//!
//! Whoever logs in learns one thing of a wrong user, a wrong password and a wrong security token:
//! that it was not right.

use axum::http::StatusCode;

macro_rules! denials {
    ($($variant:ident $error:literal $description:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Denial {
            $(#[doc = $description] $variant,)*
        }

        impl Denial {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn error(self) -> &'static str {
                match self {
                    $(Self::$variant => $error,)*
                }
            }

            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)*
                }
            }
        }
    };
}

#[rustfmt::skip]
denials! {
    ApiDisabled           "invalid_grant"          "the user may not use the API"
    AuthenticationFailure "invalid_grant"          "authentication failure"
    ExpiredToken          "invalid_grant"          "expired access/refresh token"
    InactiveUser          "inactive_user"          "user is inactive"
    InvalidClient         "invalid_client"         "invalid client credentials"
    InvalidClientId       "invalid_client_id"      "client identifier invalid"
    InvalidRequest        "invalid_request"        "the body is not a form"
    InvalidToken          "invalid_token"          "token is unknown or has expired"
    MissingGrantType      "invalid_request"        "missing required parameter: grant_type"
    UnsupportedGrantType  "unsupported_grant_type" "grant type not supported"
}

/// One status for all of them.
pub(crate) fn denial_status(_: Denial) -> StatusCode {
    StatusCode::BAD_REQUEST
}
