"""The WSGI application: gunicorn -c gunicorn.conf.py wsgi:application"""

from directus8.api.app import create_app

application = create_app()
