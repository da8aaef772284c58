"""E-mail one-time passcodes: ask for one, mail it, check it (OTP-1 to OTP-18)."""
