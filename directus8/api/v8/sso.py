"""/{project}/auth/sso."""
