"""Names of SAML 1.1, SAML 2.0, WS-Federation and XML signatures, as their standards write them."""

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
ASSERTION_11 = "urn:oasis:names:tc:SAML:1.0:assertion"
TRUST_2005 = "http://schemas.xmlsoap.org/ws/2005/02/trust"
TRUST_13 = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
REQUEST_DENIED = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
BEARER_11 = "urn:oasis:names:tc:SAML:1.0:cm:bearer"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

EMAIL_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
IMMUTABLE_ID_CLAIM = "http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID"
