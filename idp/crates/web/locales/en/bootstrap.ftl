# Where the link of "idp bootstrap" leads (R13): the first operator and the first agency.

bootstrap-title = Set up { $product }
bootstrap-lead = You will be the operator: you look after every agency here. Say who you are, choose a password, and name the first agency. More agencies can be added later.
bootstrap-title-further = Become an operator
bootstrap-lead-further = As an operator you look after every agency here. Say who you are and choose a password.

bootstrap-you = You
bootstrap-given-name = First name
bootstrap-family-name = Last name
bootstrap-email = Your email address
bootstrap-email-hint = You log in with it, so it is your user name, too. We will send a code to it when you log in for the first time.
bootstrap-password = Your password

bootstrap-agency = The first agency
bootstrap-agency-name = Name of the agency
bootstrap-agency-code = Company code
bootstrap-agency-code-hint = 3 to 12 letters or digits, which people type when they log in. Leave it empty and we will make one.
bootstrap-street-address = Street and number
bootstrap-locality = City
bootstrap-region = State or province
bootstrap-postal-code = ZIP or postal code
bootstrap-country = Country
bootstrap-phone = Phone number of the office
bootstrap-agency-email = Email address of the office
bootstrap-portal-url = Web address of the portal
bootstrap-portal-url-hint = Where the agency's people go to work, such as https://portal.example.com/. You can leave it empty.
bootstrap-contact-hint = Address, phone number and email address stand under the agency's mails and pages.
bootstrap-submit = Create
bootstrap-submit-further = Become an operator

bootstrap-missing = { $field }: please fill this in.
bootstrap-too-long = { $field }: this is too long.
bootstrap-invalid = { $field }: this cannot be right. Please check it.
bootstrap-email-invalid = Enter a whole email address, such as ruth@example.com.
bootstrap-email-taken = Somebody here has this email address already. Use another one: an operator's account is a new one, apart from what you do for an agency.
bootstrap-code-invalid = A company code is 3 to 12 letters or digits. Change it, or leave it empty.
bootstrap-code-taken = Another agency has, or had, this company code. Choose another one, or leave it empty.
bootstrap-portal-url-invalid = Enter a whole web address that begins with https://, or leave it empty.

bootstrap-link-expired = This link has expired
bootstrap-link-expired-next = For your safety it worked for one day. Run “idp bootstrap” on the server again: it prints a new one.
bootstrap-link-used = This link was used
bootstrap-link-used-next = Somebody has become an operator with it. If it was you, please log in. If it was not, tell whoever runs the server at once.
bootstrap-link-late = There is an operator already
bootstrap-link-late-next = This link was for the first one. If you are to become one too, run “idp bootstrap --add” on the server: it prints another link.
bootstrap-link-invalid = This link does not work
bootstrap-link-invalid-next = Use the whole link, from its first to its last character, as “idp bootstrap” printed it last: each new link ends the one before.
bootstrap-link-log-in = Log in
