"""Every error a client can see: one class, its v8 code, HTTP status and message; its v10 code beside it.

Source: reference/error_codes.md.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Error(Exception):
    """An error with a numeric code; ``message`` is shown to the client, ``cause`` only to the log."""

    code: int | None = 0
    status: int = 500
    v10: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    text: ClassVar[str] = "Internal Server Error"

    def __init__(self, message: str | None = None, /, **values: Any) -> None:
        self.message = message if message is not None else self.text.format(**values)
        self.values = values
        super().__init__(self.message)


class Refusal(Error):
    """What is asked is wrong, or not for this caller: asked again, it is refused again.

    All that is answered by 4xx, but for RateLimited. Whoever tells less than he knows, or goes on, catches these:
    an outage is never taken for a refusal.
    """


class Internal(Error):
    code = None


class ProjectFaulty(Error):
    code = 24
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "This project is not configured correctly."


# General (0-99)


class NotFound(Refusal):
    code = 1
    status = 404
    v10 = "ROUTE_NOT_FOUND"
    text = "Not Found"


class Unauthorized(Refusal):
    code = 3
    status = 401
    v10 = "FORBIDDEN"
    text = "Unauthorized request"


class InvalidRequest(Refusal):
    code = 4
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Invalid request"


class MethodNotAllowed(Refusal):
    code = 6
    status = 405
    v10 = "METHOD_NOT_ALLOWED"
    text = "Method Not Allowed"


class RateLimited(Error):
    code = 7
    status = 429
    v10 = "REQUESTS_EXCEEDED"
    text = "Too many requests"


class InvalidQuery(Refusal):
    code = 9
    status = 422
    v10 = "INVALID_QUERY"
    text = "Failed generating the SQL query."


class SchemaChanged(Error):
    """A statement names a table or column that is no longer there: it was planned for a former schema."""

    code = 9
    status = 503
    v10 = "INVALID_QUERY"
    text = "Failed generating the SQL query."


class Forbidden(Refusal):
    code = 10
    status = 403
    v10 = "FORBIDDEN"
    text = "Forbidden"


class ConnectionFailed(Error):
    code = 11
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "Failed to connect to the database"


class UnprocessableEntity(Refusal):
    code = 12
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Unprocessable entity"


class InvalidPayload(Refusal):
    code = 13
    status = 400
    v10 = "INVALID_PAYLOAD"
    text = "Invalid or Empty Payload"


class NotInstalled(Error):
    code = 14
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "This Directus API instance has not been configured: make a project first (directus8 project create)."


class BatchUploadNotAllowed(Refusal):
    code = 15
    status = 400
    v10 = "INVALID_PAYLOAD"
    text = "Batch upload is not allowed"


class InvalidPath(Error):
    code = 16
    status = 500
    v10 = "INTERNAL_SERVER_ERROR"
    text = "Unable to write the file"


class ProjectAlreadyExists(Refusal):
    code = 18
    status = 409
    v10 = "RECORD_NOT_UNIQUE"
    text = 'A project named "{project}" already exists.'


class InvalidDatabaseConnection(Refusal):
    code = 19
    status = 400
    v10 = "INVALID_PAYLOAD"
    text = "Invalid database connection"


class UnauthorizedLocation(Refusal):
    code = 19
    status = 401
    v10 = "INVALID_IP"
    text = "You are not allowed to sign in from this location"


class Maintenance(Error):
    code = 21
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "This API instance is currently down for maintenance. Please try again later."


class Busy(Error):
    code = 9
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "The database is busy. Please try again later."


class PartialUpload(Refusal):
    """Cut off midway: the client's doing, so no 500 as in the original."""

    code = 603
    status = 400
    v10 = "INVALID_PAYLOAD"
    text = "The uploaded file was only partially uploaded."


class PayloadTooLarge(Refusal):
    code = 601
    status = 413
    v10 = "CONTENT_TOO_LARGE"
    text = "The uploaded file exceeds max upload size that was specified on the server."


# Authentication (100-199)


class InvalidCredentials(Refusal):
    code = 100
    status = 404
    v10 = "INVALID_CREDENTIALS"
    text = "Invalid user credentials"


class InvalidToken(Refusal):
    code = 101
    status = 401
    v10 = "INVALID_TOKEN"
    text = "Invalid Authentication Token"


class ExpiredToken(Refusal):
    code = 102
    status = 401
    v10 = "TOKEN_EXPIRED"
    text = "Expired token"


class UserInactive(Refusal):
    code = 103
    status = 401
    v10 = "INVALID_CREDENTIALS"
    text = "User inactive"


class UserSuspended(Refusal):
    code = 103
    status = 404
    v10 = "USER_SUSPENDED"
    text = (
        "Your account is suspended due to maximum allowed login attempts. Please contact your "
        "administrator to activate your account."
    )


class InvalidResetToken(Refusal):
    code = 104
    status = 401
    v10 = "INVALID_TOKEN"
    text = "Invalid Reset Password token: {token}"


class ExpiredResetToken(Refusal):
    code = 105
    status = 401
    v10 = "TOKEN_EXPIRED"
    text = "Expired Reset Password token: {token}"


class UserNotFound(Refusal):
    code = 106
    status = 404
    v10 = "FORBIDDEN"
    text = "User not found"


class UserWithEmailNotFound(Refusal):
    code = 107
    status = 404
    v10 = "FORBIDDEN"
    text = 'User with email "{email}" not found'


class UserNotAuthenticated(Refusal):
    code = 108
    status = 401
    v10 = "FORBIDDEN"
    text = "User not authenticated"


class InvalidRequestToken(Refusal):
    code = 109
    status = 401
    v10 = "INVALID_TOKEN"
    text = "Invalid Request Token"


class ExpiredRequestToken(Refusal):
    code = 110
    status = 401
    v10 = "TOKEN_EXPIRED"
    text = "Expired Request Token"


class MissingOtp(Refusal):
    code = 111
    status = 404
    v10 = "INVALID_OTP"
    text = "User missing 2FA OTP"


class InvalidOtp(Refusal):
    code = 112
    status = 404
    v10 = "INVALID_OTP"
    text = "Invalid user OTP"


class TfaEnforced(Refusal):
    code = 113
    status = 401
    v10 = "INVALID_OTP"
    text = "2FA enforced but not activated for user"


class InvalidLogin(Refusal):
    code = 114
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Invalid request"


class SsoNotAllowed(Refusal):
    code = 115
    status = 401
    v10 = "INVALID_OTP"
    text = "SSO not allowed with 2FA enabled"


# Items, collections, schema (200-499)


class CollectionNotFound(Refusal):
    code = 200
    status = 404
    v10 = "FORBIDDEN"
    text = "Unable to find collection: {collection}"


class SystemCollection(Refusal):
    code = 201
    status = 401
    v10 = "FORBIDDEN"
    text = "Direct Access to System collections are not allowed"


class FieldNotFound(Refusal):
    code = 202
    status = 404
    v10 = "INVALID_QUERY"
    text = 'Unable to find field "{field}"'


class InvalidField(Refusal):
    code = 202
    status = 422
    v10 = "INVALID_QUERY"
    text = 'Invalid field "{field}" in "{collection}"'


class ItemNotFound(Refusal):
    code = 203
    status = 404
    v10 = "FORBIDDEN"
    text = "Item not found"


class DuplicateKey(Refusal):
    code = 204
    status = 409
    v10 = "RECORD_NOT_UNIQUE"
    text = 'Duplicate key "{value}" for collection "{collection}"'


class CollectionNotManaged(Refusal):
    code = 205
    status = 404
    v10 = "FORBIDDEN"
    text = 'Collection "{collection}" is not being managed by Directus'


class RevisionNotFound(Refusal):
    code = 207
    status = 404
    v10 = "FORBIDDEN"
    text = 'Revision with Id "{id}" not found'


class InvalidRevision(Refusal):
    code = 208
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'Revision with Id "{id}" has an invalid delta'


class CommentCreateDenied(Refusal):
    code = 210
    status = 403
    v10 = "FORBIDDEN"
    text = 'Adding a comment to "{collection}" collection was denied'


class CommentUpdateDenied(Refusal):
    code = 211
    status = 403
    v10 = "FORBIDDEN"
    text = 'Updating a comment to "{collection}" collection was denied'


class CommentDeleteDenied(Refusal):
    code = 212
    status = 403
    v10 = "FORBIDDEN"
    text = 'Deleting a comment from "{collection}" collection was denied'


class ArrayForScalar(Refusal):
    code = 213
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'Attempting to write an array as the value for field "{field}" in "{collection}"'


class UnknownFilter(Refusal):
    code = 214
    status = 422
    v10 = "INVALID_QUERY"
    text = "Unknown filter: {operator}"


class RelatedAccessDenied(Refusal):
    code = 215
    status = 403
    v10 = "FORBIDDEN"
    text = 'Unable to access "{field}" related data'


class LastAdmin(Refusal):
    code = 216
    status = 403
    v10 = "FORBIDDEN"
    text = "Cannot delete the last admin user. There should always be at least 1 active admin user"


class ReadDenied(Refusal):
    code = 300
    status = 403
    v10 = "FORBIDDEN"
    text = 'Reading items from "{collection}" collection was denied'


class CreateDenied(Refusal):
    code = 301
    status = 403
    v10 = "FORBIDDEN"
    text = 'Creating item to "{collection}" collection was denied'


class UpdateDenied(Refusal):
    code = 302
    status = 403
    v10 = "FORBIDDEN"
    text = 'Updating item from "{collection}" collection was denied'


class DeleteDenied(Refusal):
    code = 303
    status = 403
    v10 = "FORBIDDEN"
    text = 'Deleting item from "{collection}" collection was denied'


class FieldReadDenied(Refusal):
    code = 304
    status = 403
    v10 = "FORBIDDEN"
    text = 'Reading "{field}" field  in "{collection}" collection was denied'


class FieldWriteDenied(Refusal):
    code = 305
    status = 403
    v10 = "FORBIDDEN"
    text = 'Write access to "{field}" field in "{collection}" collection was denied'


class AlterDenied(Refusal):
    code = 306
    status = 403
    v10 = "FORBIDDEN"
    text = 'Altering collection "{collection}" was denied'


class CollectionExists(Refusal):
    code = 307
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'Collection "{collection}" already exists'


class FieldExists(Refusal):
    code = 308
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'Field "{field}" already exists'


class UnknownType(Refusal):
    code = 401
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Unknown type: {type}"


class MissingLength(Refusal):
    code = 402
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Missing length for: {field}"


class LengthNotSupported(Refusal):
    code = 403
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'field "{field}" does not support length'


class FieldEditFailed(Refusal):
    code = 404
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "Unable to change the field"


# What the database refuses; the original answered 500 code 9 with the SQL text


class ValueTooLong(Refusal):
    code = 12
    status = 422
    v10 = "VALUE_TOO_LONG"
    text = 'The value for "{field}" in "{collection}" is too long'


class ValueOutOfRange(Refusal):
    code = 12
    status = 422
    v10 = "VALUE_OUT_OF_RANGE"
    text = 'The value for "{field}" in "{collection}" is out of range'


class ValueInvalid(Refusal):
    code = 12
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'The value for "{field}" in "{collection}" does not fit its type'


class ValueMissing(Refusal):
    code = 4
    status = 422
    v10 = "NOT_NULL_VIOLATION"
    text = "{field}: This value should not be null."


class ForeignKeyViolated(Refusal):
    code = 12
    status = 422
    v10 = "INVALID_FOREIGN_KEY"
    text = 'The value for "{field}" in "{collection}" breaks a foreign key'


# Mail, files, utils (500-1000)


class MailFailed(Error):
    code = 503
    status = 500
    v10 = "SERVICE_UNAVAILABLE"
    text = "It seems like there's some issue when sending the mail. Please try again later."


class HasherNotFound(Refusal):
    code = 1000
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'Hasher "{hasher}" not found'
