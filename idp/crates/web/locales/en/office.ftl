# The office pages: an agency looks after its own people. Where the guides give a label, it is theirs word for word (R14-R23).

office-menu-label = Office pages
office-menu-people = People
office-menu-add = Add a person
office-menu-bulk = Bulk add
office-menu-instructions = Print instructions
office-menu-agencies = Agencies
office-menu-account = Your account

office-password = Your password
office-password-why = You logged in a while ago. Type your password once more, to make sure it is you.
office-password-missing = Enter your password.
office-password-wrong = This is not your password. Nothing was changed. Type it again.
office-password-too-many = There were too many tries. Please wait { $wait }, then try again.
office-password-recover-first = There were too many tries. Log out and choose “Forgot your password?” to go on.

office-sure = Are you Sure?
office-yes = Yes
office-no = No
