"""Who is calling, and everything that makes, renews and ends his right to call. Source: auth.md.

identify   a presented token → the caller
sessions   the rows behind cookies and tokens: begun, used, listed, ended
login      e-mail, password and one-time code → a session
attempts   what wrong guesses lead to
resets     forgotten passwords
two_factor one-time codes, each good once
refresh    pairs of access and refresh tokens
sso        identities told by other servers
"""

from __future__ import annotations

from directus8.services.auth.identify import Caller, identify
from directus8.services.auth.login import Login, LoginService
from directus8.services.auth.resets import ResetService
from directus8.services.auth.sessions import SessionService

__all__ = ["Caller", "Login", "LoginService", "ResetService", "SessionService", "identify"]
