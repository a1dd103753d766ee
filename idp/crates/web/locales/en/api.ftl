# The description of the provisioning API, for people who write programs. What it describes comes from the program itself.

api-title = Provisioning API
# $version: of the program.
api-lead = For programs of an agency's office. Version { $version }.
api-document = The same as an OpenAPI 3.1 document
api-contents = What there is
api-scope = Scope of the access token:
api-parameters = Parameters
api-required = required
api-body = What is sent
api-answers = Answers
api-schemas = JSON objects
