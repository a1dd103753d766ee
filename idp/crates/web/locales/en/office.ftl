# The office pages: an agency looks after its own people. Where the guides give a label, it is theirs word for word (R14-R23).

office-menu-label = Office pages
office-menu-people = People
office-menu-add = Add a person
office-menu-bulk = Bulk add
office-menu-instructions = Print instructions
office-menu-logo = Logo
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

# A form that came after the session
office-away-title = You were away for too long
office-away-next = Log in again in a new tab, come back here and press Go on: nothing you typed is lost.
office-away-log-in = Log in again in a new tab
office-away-go-on = Go on

# /office
office-agencies-title = Agencies
office-agencies-search = Name or company code
office-agencies-none = No agency was found. Search for something else.
office-suspended = Suspended
office-open-agency = New agency
office-open-agency-lead = The agency gets a company code, and a portal of its own if you give it a portal name.
office-open-agency-go = Open the agency
office-nobody-title = You look after no agency
office-nobody-lead = These pages are for people who look after the people of an agency.
office-nobody-next = If you looked after an agency here until now, or should from now on, ask whoever runs { $product }, or your agency's management.

office-agency-name = Name of the agency
office-agency-code = Company code
office-agency-code-hint = 3 to 12 letters or digits. Leave it empty, and one is made.
office-agency-slug = Portal name
office-agency-slug-hint = What the address of its portal is made of, such as maple. Small letters, digits and hyphens. Leave it empty for an agency without a portal.
office-agency-portal = Address of the portal
office-agency-portal-hint = What people bookmark. Leave it empty if it follows from the portal name.
office-agency-phone = Phone
office-agency-email = Email
office-agency-email-hint = Where its people's answers to our mails go.
office-agency-accent = Color
office-agency-databases = Databases
office-agency-databases-hint = Their names, with a comma between two.
office-opened-title = The agency is open
office-opened-client = Client of its portal
office-opened-secret = This is the secret of that client. It is shown this once: write it down now, and give it to nobody but the portal.
office-opened-secret-shown = The secret of that client was shown when the agency was opened. If it is lost, make another one.
office-opened-go = Go to its people

# The list
office-people-title = People
office-people-none = Nobody is here yet. Add the first person.
office-people-found-nobody = Nobody was found. Type less, such as the first letters of the last name only, or look among everybody.
office-people-no-such-type = Nobody of this kind is here. Choose another one, or look among everybody.
office-people-none-not-activated = Everybody has activated. There is nothing to do here.
office-people-none-expired = Nobody's mail is too old. There is nothing to do here.
office-people-none-undeliverable = No mail came back. There is nothing to do here.
office-people-none-locked = Nobody is locked. There is nothing to do here.
office-people-none-inactive = Nobody is inactive. To shut somebody out, open them in the list and set Status to Inactive.
office-people-everybody = Look among everybody
office-people-resend = Re-send to all who have not activated
office-filters = Parts of the list
office-filter-all = All
office-filter-not-activated = Not activated
office-filter-expired = Mail too old
office-filter-undeliverable = Mail came back
office-filter-locked = Locked
office-filter-inactive = Inactive
office-search = Name, user name or person ID
office-search-type = Who
office-search-go = Search
office-search-wrong = This cannot be searched for. Type a shorter text.
office-types-all = Everybody
office-types-office-staff = Office staff
office-types-caregiver = Caregivers
office-types-client = Clients
office-column-name = Name
office-column-type = Type
office-column-user-name = User name
office-column-state = State
office-column-last-log-in = Last log-in
office-never = Never
office-no-address = Not known any more
office-first-page = To the beginning
office-next-page = Next page

office-active = Active
office-not-activated = Not activated since { $date }
office-expired = Not activated: the mail's link stopped working on { $date }
office-came-back = Mail came back: { $why }
office-why-mailbox-unknown = there is no such mailbox
office-why-domain-unknown = what follows the @ takes no mail
office-why-mailbox-full = the mailbox is full
office-why-refused = the mail server of the person did not take it
office-why-undelivered = it could not be delivered
office-locked-until = Locked until { $moment }
office-locked-until-reset = Locked until the password is reset or you unlock
office-inactive = Inactive since { $date }
office-gone = Removed on { $date }

# Manage Identity Account
office-person-title = Manage Identity Account
office-add-lead = The person gets a mail that says how to choose a password. User name and email must be the same address, and nobody else's.
office-user = User:
office-is-identity = Is Identity:
office-user-name = User name:
office-user-name-hint = The person's own email address.
office-email = Email:
office-email-hint = Exactly the same as the user name.
office-cell = Cell #:
office-cell-hint = Optional.
office-status = Status:
office-status-active = Active
office-status-inactive = Inactive
office-note = Note:
office-note-hint = Optional. The person may ask to read it.
office-at-agency = At your agency
office-given-name = First name:
office-family-name = Last name:
office-member-type = Type:
office-type-office-staff = Office staff
office-type-caregiver = Caregiver
office-type-client = Client
office-person-ref = Person ID:
office-person-ref-hint = Optional. Your agency's own number for this person, which nobody else has. If you leave it empty, the email address is taken.
office-hats = Also in your records as
office-hats-hint = One log-in for all of them. To change this list, use the program that adds your people.
office-role = Security role:
office-role-hint = What the person may do in your programs. Caregivers and clients have no security.
office-role-none = No security
office-role-named = A role of ours
office-role-unrestricted = Unrestricted
office-role-name = Name of the role:
office-role-name-hint = Only for a role of yours, such as Scheduler.
office-authority = Authority:
office-authority-hint = Administrators look after your agency's people on these pages.
office-authority-none = None
office-authority-administrator = Administrator
office-choose = Choose one
office-empty = (empty)
office-create = Create and Email Identity Account
office-save = Save
office-now = Now: { $value }
office-address-is-theirs = The person has confirmed this address, so it is theirs. To change it, propose another one.
office-person-removed = This person was removed from your agency. To take them back, add them again.
office-person-above = This person has more rights than you, so you cannot change anything here.

office-invitation = Invitation
office-proposed = Proposed address
office-added-at = Added
office-mail-none = No mail was sent yet. It goes out when you set Status to Active.
office-mail-not-needed = None was needed.
office-mail-queued = The mail is on its way.
office-mail-sent = The mail was sent on { $moment }. It was not used yet.
office-mail-expired = The mail was not used in time: its link stopped working on { $moment }. Re-send it.
office-mail-accepted = Accepted on { $moment }.
office-mail-superseded = Replaced by a newer mail on { $moment }.
office-mail-revoked = Taken back on { $moment }. Its link opens nothing.
office-mail-came-back = The mail came back on { $moment }: { $why }. Ask the person for the right address and change it here.

office-wrong-user-name-missing = The User name must be put in: it is the person's email address.
office-wrong-email-missing = The Email must be put in.
office-wrong-address = { $field } must be a whole email address, such as ruth@example.com.
office-wrong-mismatch = Both the User name and Email fields must be the same.
office-wrong-member-type = Choose whether the person is office staff, a caregiver or a client.
office-wrong-role = Choose a security role. Caregivers and clients have no security.
office-wrong-role-name = Enter the name of the role.
office-wrong-role-not-allowed = Caregivers and clients have no security. Choose No security.
office-wrong-missing = { $field } must be put in.
office-wrong-too-long = { $field } is too long. Shorten it.
office-wrong-character = { $field } holds something that cannot be used. Type it again instead of pasting it.
office-wrong-hat = This ID is in the list “Also in your records as” already. Each record needs its own.
office-wrong-code = The company code must be 3 to 12 letters or digits.
office-wrong-code-taken = This company code is or was another agency's. Choose another one.
office-wrong-slug = The portal name must be 2 to 40 small letters, digits or hyphens.
office-wrong-slug-taken = This portal name is or was another agency's. Choose another one.
office-wrong-client-taken = The portal of another agency has or had the name that this code would give. Choose another code.

office-refused-shared-email = Somebody in your list of people has this address already. If this is somebody else, ask them for an address of their own.
office-refused-has-identity = A person with this ID already has an identity with another user name. Look them up in the list.
office-refused-person-ref = Another person of your agency has this ID.
office-refused-user-name-taken = Another account has this address.
office-refused-authority = This is more than you have yourself, so you cannot give it or change it. Ask an administrator with more rights.
office-refused-yourself = You cannot do this to yourself. Ask another administrator.
office-refused-last-administrator = This is your agency's only administrator. Make somebody else an administrator first.
office-refused-state = This does not fit how the person stands now, so nothing was changed. Look at the page again.
office-refused-undeliverable = Mails to this address come back. Ask the person for the right address and change it first.
office-refused-too-many = This was asked for several times already. Please wait { $wait }, then try again.
office-changed-elsewhere = Somebody else changed this person in the meantime, so nothing was saved. Your text still stands in the fields, and beside it what it says now. Save again to overwrite it.

# Are you Sure?
office-will-add = { $person } gets an identity at { $agency }, and a mail to { $address } that says what to do next.
office-will-add-inactive = { $person } is added to { $agency } with the user name { $address }. No mail is sent and { $person } cannot log in until you set Status to Active.
office-will-change = { $field }: “{ $before }” becomes “{ $after }”.
office-will-move = The mail to the old address opens nothing any more. A new one goes to { $address }.
office-will-deactivate = { $person } cannot log in to { $agency } any more, and is logged out of its portal and programs at once.
office-will-deactivate-invited = { $person } cannot log in to { $agency }, and every mail that is out opens nothing any more.
office-will-activate = { $person } can log in to { $agency } again, with the password from before.
office-will-activate-invited = { $person } gets a new mail to { $address } that says what to do next.
office-will-resend = { $person } gets a new mail to { $address }. The link in the older mail stops working.
office-will-revoke = The mail to { $address } opens nothing any more, and Status becomes Inactive. { $person } is not told.
office-will-reset = { $person } gets a mail to { $address } with a link to choose another password. You never see the link. Until then the old password goes on working.
office-will-sessions = { $person } is logged out of the portal and the programs of { $agency } at once, everywhere. They can log in again with their password.
office-will-unlock = The wrong passwords are forgotten, and { $person } may try to log in at once.
office-will-propose = { $person } gets a mail to the new address. Nothing changes until they confirm it. Until then they log in with { $address }.
office-will-propose-label = New address
office-will-propose-hint = The whole email address. It becomes the user name as well.
office-will-remove = { $person } leaves { $agency }: they are logged out of its portal and programs at once, and every mail that is out opens nothing. What your agency wrote is kept. To take them back, add them again.
office-will-resend-all = { $count ->
    [0] Nobody gets a new mail.
    [one] 1 person who has not activated gets a new mail. The link in the older mail stops working.
   *[other] { $count } people who have not activated get a new mail each. The links in the older mails stop working.
}
office-will-resend-not = { $count ->
    [one] 1 person who has not activated cannot be reached, because mails to that address come back: correct the address first.
   *[other] { $count } people who have not activated cannot be reached, because mails to those addresses come back: correct the addresses first.
}
office-will-resend-part = There are { $count } in all. You can go on with the others after these.

office-actions = What else you can do
office-do-resend = Re-send the invitation
office-do-revoke = Revoke the invitation
office-do-reset = Send a password reset
office-do-unlock = Unlock
office-do-sessions = End all sessions
office-do-propose = Propose another address
office-do-remove = Remove from the agency

# Said once
office-added = Done. The person is added, and the mail is on its way.
office-added-before = This person was added before. Nothing was changed, and no mail was sent.
office-added-inactive = Done. The person is added, and no mail was sent.
office-saved = Saved.
office-nothing-changed = Nothing was changed.
office-status-kept = The fields were saved, but Status could not be changed: this is your agency's only administrator, or it is you.
office-resent-one = Done. A new mail is on its way.
office-revoked = Done. The invitation is taken back.
office-activated = Done. Status is Active.
office-deactivated = Done. Status is Inactive.
office-reset-sent = Done. The mail to choose another password is on its way.
office-sessions-ended = Done. The person is logged out everywhere at your agency.
office-unlocked = Done. The person may try again.
office-email-proposed = Done. A mail is on its way to the new address.
office-removed = Done. The person is removed from your agency.
office-resent = { $count ->
    [0] No mail was sent.
    [one] Done. 1 new mail is on its way.
   *[other] Done. { $count } new mails are on their way.
}
office-resent-undeliverable = { $count ->
    [one] 1 mail was not sent, because mails to that address come back.
   *[other] { $count } mails were not sent, because mails to those addresses come back.
}
office-resent-too-many = { $count ->
    [one] 1 mail was not sent, because that person got several already. Try again later.
   *[other] { $count } mails were not sent, because those people got several already. Try again later.
}
office-resent-passed-over = { $count ->
    [one] 1 mail was not sent, because that person activated in the meantime or has more rights than you.
   *[other] { $count } mails were not sent, because those people activated in the meantime or have more rights than you.
}

# The printed page
office-instructions-title = How to log in
office-instructions-lead = For everybody at { $agency }. Keep this page where you find it again.
office-instructions-account = Address to log in
office-step-mail = Open the mail that { $agency } sent you, and press its button. If you cannot find the mail, look among the junk mail, or ask us to send it again.
office-step-password = Choose a password and type it twice.
office-step-log-in = Log in with your user name, which is your email address, and that password.
office-step-questions = Choose three questions that only you can answer. They help you when you forget your password.
office-step-portal = You are in. Next time, go straight to the portal. Desktop programs also ask for the company code above.
office-step-account = You are in. Next time, log in at the address above. Desktop programs also ask for the company code.
office-instructions-questions = If something does not work, ask { $agency }. Nobody will ever ask you for your password.
office-instructions-print = To print this page, press Ctrl and P together. The menu is left out.

# /office/…/logo
office-logo-title = Logo
office-logo-lead = The logo stands on top of the pages where people of { $agency } log in. Mails have none: many mail programs hide pictures.
office-logo-now = The logo of { $agency } now
office-logo-file = Picture
office-logo-file-hint = A PNG or JPEG file of at most 512 KiB. It is shown on white, and small: 240 pixels wide or 80 pixels high.
office-logo-save = Use this picture
office-logo-remove = Remove the logo
office-logo-saved = The logo was saved. Pages show it from now on.
office-logo-removed = The logo was removed.
office-logo-will-remove = The logo of { $agency } is removed. Pages show the name alone.
office-logo-nothing-sent = Choose a file.
office-logo-too-large = The file is larger than 512 KiB. Save the picture smaller, and choose that file.
office-logo-not-a-picture = This file is neither a PNG nor a JPEG picture. Save the logo as one of them, and choose that file.
office-logo-too-many-pixels = The picture is wider or higher than 4096 pixels. Save it smaller, and choose that file.
office-logo-damaged = The picture is damaged. Save it again as PNG or JPEG, and choose that file.

# Bulk add
bulk-title = Bulk Add Security Accounts
bulk-lead = Add many people at once from a spreadsheet. First you see what would become of every row; nothing happens before you say yes.
bulk-file = File
bulk-file-hint = In your spreadsheet, save the list as “CSV UTF-8”. At most 10,000 rows and 5 MB. A result that you downloaded here can be corrected and sent again.
bulk-pasted = Or paste the rows here
bulk-pasted-hint = Copy the cells from your spreadsheet, with the line that names the columns.
bulk-default-type = These people are
bulk-default-type-hint = For rows that do not say it themselves.
bulk-type-in-list = As each row says
bulk-resend-pending = Send a new mail to people on the list who have not activated yet
bulk-check = Check the list
bulk-columns = What the list needs
bulk-columns-lead = The first line names the columns, in any order. Commas, semicolons or tabs may stand between the cells.
bulk-column-email = the person’s own email address
bulk-column-user-name = exactly the same as Email; one of the two columns is enough
bulk-column-first-name = as your agency knows the person
bulk-column-last-name = as your agency knows the person
bulk-column-id = your own number for the person; without it, the email address is taken
bulk-column-type = Caregiver, Office staff or Client
bulk-column-role = only for office staff: No security, Unrestricted, or the name of a role of yours
bulk-column-admin = Yes for who shall be an administrator of your agency, and look after everybody’s accounts; may be empty
bulk-column-status = Active or Inactive; may be empty
bulk-column-cell = may be empty
bulk-column-note = may be empty
bulk-earlier = Lists from before
bulk-earlier-rows = { $count ->
    [one] 1 row. { $state }.
   *[other] { $count } rows. { $state }.
}
bulk-nothing-sent = Choose a file, or paste the rows.
bulk-unreadable-text = This file is not “CSV UTF-8”. In your spreadsheet, choose Save as, then “CSV UTF-8”, and send it again.
bulk-unreadable-empty = The list is empty. The first line must name the columns, and the people come below it.
bulk-unreadable-missing = The column “{ $column }” is missing. Add it to the first line.
bulk-unreadable-twice = The column “{ $column }” is there twice. Remove one of them.
bulk-unreadable-too-many = The list has more than 10,000 rows. Split it, and send one part after the other.
bulk-unreadable-too-large = The list is larger than 5 MB. Split it, and send one part after the other.

bulk-list-title = Check the list
bulk-list-lead = { $total ->
    [one] { $count ->
        [0] The list has 1 row. It cannot go through as it is.
       *[other] The list has 1 row. It can go through.
    }
   *[other] { $count ->
        [0] Of { $total } rows, none can go through as it is.
        [one] Of { $total } rows, 1 can go through.
       *[other] Of { $total } rows, { $count } can go through.
    }
}
bulk-administrators = { $count ->
    [one] 1 person will be an administrator: { $names }.
   *[other] { $count } people will be administrators: { $names }.
}
bulk-administrators-more = { $names } and { $count } more
bulk-administrators-hint = An administrator looks after everybody’s accounts. Who should not: clear the tick, and add them without the column “Admin”.
bulk-administrator = Administrator
bulk-filters-hint = What you changed is saved before you see another part of the list.
bulk-ignored = Not used from your list: { $columns }.
bulk-group = Role: { $role }
bulk-group-unknown = Role: not known
bulk-column-select = Select
bulk-column-outcome = What will happen
bulk-column-happened = What happened
bulk-column-row = Row
bulk-user-name = User name
bulk-email = Email
bulk-select = Select { $person }
bulk-user-name-of = User name of { $person }
bulk-email-of = Email of { $person }
bulk-right = The cells are right now
bulk-no-rows = There are no such rows.
bulk-create = Create Accounts
bulk-check-again = Save and check again
bulk-discard = Discard the list
bulk-save-first = Save and go to the beginning
bulk-save-next = Save and go to the next page
bulk-result-file = Download as a spreadsheet
bulk-filter-failed = To correct
bulk-filter-created = New
bulk-filter-added = Known elsewhere
bulk-filter-resent = New mail
bulk-filter-skipped = Left out
bulk-would-create = Will be added
bulk-would-add = Will be added, has an account
bulk-would-resend = Gets a new mail
bulk-would-skip = Left out
bulk-would-fail = Cannot be added
bulk-did-create = Added
bulk-did-add = Added, had an account
bulk-did-resend = New mail sent
bulk-did-skip = Left out
bulk-did-fail = Not added
bulk-row-waits = Waiting
bulk-row-left = Not done
bulk-why-email-missing = Put in the email address.
bulk-why-email-invalid = This is no whole email address. Correct it.
bulk-why-username-missing = Put in the user name: it is the email address.
bulk-why-username-invalid = The user name is the email address. Correct it.
bulk-why-mismatch = User name and Email must be exactly the same.
bulk-why-type = Choose Caregiver, Office staff or Client.
bulk-why-role-missing = Write the security role: No security, Unrestricted, or the name of a role of yours.
bulk-why-role-not-allowed = Caregivers and clients have no security role, and nobody gives more than they have.
bulk-why-value-invalid = Something here cannot be read. Write it again.
bulk-why-value-missing = Something is missing here. Fill it in.
bulk-why-value-too-long = This is too long. Shorten it.
bulk-why-malformed = This row has more cells than the first line. Look at every cell.
bulk-why-duplicate = The same person is in the list twice. Only the first one counts.
bulk-why-shared-email-in-list = Another row has this email address. Everybody needs their own.
bulk-why-shared-email = Another person of your agency has this email address. Everybody needs their own.
bulk-why-has-identity = This person is in your list of people with another user name. Change it there.
bulk-why-already-member = Is in your list of people already.
bulk-why-already-inactive = Is in your list of people, but inactive. Set Status to Active there.
bulk-why-pending = Was invited before and has not activated yet.
bulk-why-undeliverable = Mails to this address come back. Ask the person for the right one.
bulk-why-rate-limited = Got several mails already. Try again tomorrow.
bulk-why-not-selected = Not selected.
bulk-why-not-stored = Something went wrong on our side. Send this row again.
bulk-will-create = { $count ->
    [one] 1 person gets an account and a mail.
   *[other] { $count } people get an account and a mail each.
}
bulk-will-resend = { $count ->
    [one] 1 person who has not activated gets a new mail.
   *[other] { $count } people who have not activated get a new mail each.
}
bulk-will-skip = { $count ->
    [one] 1 row is left out.
   *[other] { $count } rows are left out.
}
bulk-will-fail = { $count ->
    [one] 1 row cannot be added as it is. You can correct it now: press No.
   *[other] { $count } rows cannot be added as they are. You can correct them now: press No.
}
bulk-will-discard = The list is thrown away. Nobody is added.
bulk-will-cancel = The job stops. Who was added stays added; nobody else is.
bulk-state-proposed = Waits for your yes
bulk-state-waiting = Begins in a moment
bulk-state-running = Under way
bulk-state-done = Done
bulk-state-cancelled = Stopped
bulk-state-authority-lost = Stopped: the agency is suspended, or whoever started it may not add people here any more
bulk-progress = { $total ->
    [one] { $count } of 1 row is done.
   *[other] { $count } of { $total } rows are done.
}
bulk-rows = Rows of the list
bulk-look-again = Look again
bulk-cancel = Stop
bulk-ok = OK
bulk-go-on = To go on, download the result and send it as a new list: rows done before are left out.
bulk-list-checked = Saved and checked again.
bulk-list-changed = Somebody changed the list meanwhile, or it took too long. Look at it again, then say yes.
bulk-confirmed-before = This list was started before, and nothing is done twice. Here you see how far it is.
bulk-corrected-late = This list was started before. What you changed just now is not in it: change it on the person’s own page.
bulk-job-active = Another list is under way. Wait until it is done, then say yes to this one.
bulk-nothing-ready = None of the rows can go through as it is. Correct them first.
bulk-started = Started.
bulk-stopped = Stopped.
bulk-over = It was over already.
bulk-list-discarded = The list is thrown away.
