# Mails (R35-R39, R77). The activation mail's sentences are the guides', in their order.
# Variables: $product, $operator, $agency, $person.

letter-activation-subject = Activate your account for { $agency }
letter-activation-preheader = { $agency } has opened an account for you. One step is left.
letter-product = { $product }
letter-activation-heading = Account Verification
letter-hello = Hello { $person },
letter-activation-granted = You have been granted access to { $agency }. We first need to activate your new { $product } account and configure a password.
letter-activation-link = Please click here to activate your account.
letter-company-code = Company Code:
letter-username = UserName:
letter-bookmark = Please remember or bookmark the following URL so you can easily access this agency in the future:
letter-bookmark-here = Please remember or bookmark the following URL. It is where you log in:
letter-questions = If you have any questions, please contact the agency below.
letter-questions-anyhow = If you have any questions, please contact your agency.
letter-sincerely = Sincerely,
letter-on-behalf = This is a message from { $operator } on behalf of { $agency }

letter-member-subject = You have been granted access to { $agency }
letter-member-preheader = Log in with the user name and password you already have.
letter-member-heading = Access Granted
letter-member-granted = You have been granted access to { $agency }. Log in with the { $product } user name and password you already have. There is nothing to activate.
letter-member-portal = Go to { $agency }
letter-member-here = Log in

# Without an agency the operator signs; without a known name nobody is named.
letter-hello-you = Hello,
letter-from-operator = This is a message from { $operator }

# Codes typed from a mail.
letter-code-is-yours = Give this code to nobody. Nobody from your agency will ask you for it.
letter-not-you = If you do not know what this is about, do nothing.

# A forgotten password (L6). Variables: $username, $life ("30 minutes").
letter-reset-subject = Choose a new password for { $product }
letter-reset-preheader = The link and the code in this mail work for { $life }.
letter-reset-heading = Choose a new password
letter-reset-asked = Somebody asked to reset the password of { $username }. If it was you, go on here:
letter-reset-link = Choose a new password
letter-reset-code = Are you reading this on another device? Then type this code on the page where you asked:
letter-reset-life = The link and the code work for { $life }, and only once.
letter-reset-not-asked = If you did not ask, do nothing: your password stays as it is.

# The same, started by an agency (L10, R90). Variables: $agency, $username, $life ("24 hours").
letter-agency-reset-subject = Choose a new password for { $product }
letter-agency-reset-preheader = { $agency } started this for you. The link in this mail works for { $life }.
letter-agency-reset-heading = Choose a new password
letter-agency-reset-started = { $agency } started this for you: choose a new password for { $username }. Go on here:
letter-agency-reset-life = The link works for { $life }, and only once.
letter-agency-reset-yours = Nobody at { $agency } can see this link or your password. Give neither to anybody.

# The same, for an account that nothing recovers (R53, R90).
letter-help-subject = Your forgotten password for { $product }
letter-help-preheader = This is how you get help.
letter-help-heading = Your forgotten password
letter-help-asked = Somebody asked to reset the password of { $username }. That cannot be done by mail, because this account has no security questions and no saved code yet.
letter-help-agency = If it was you, { $agency } can help. Call or write to them and say that you forgot your password. There is nothing to click in this mail.
letter-help-nobody = If it was you, ask the agency you work for to add you again, with this email address. There is nothing to click in this mail.
letter-phone = Phone:
letter-email = Email:

# The reminder of company codes (R84). Variables: $count, $username.
letter-codes-subject = { $count ->
    [one] Your company code for { $product }
   *[other] Your company codes for { $product }
}
letter-codes-preheader = You type it when the desktop program asks for it.
letter-codes-heading = { $count ->
    [one] Your company code
   *[other] Your company codes
}
letter-codes-lead = You asked for a reminder. When the desktop program asks for Customer, type the company code. Your user name is { $username }.
letter-agency = Agency:
letter-codes-portal = The portal of this agency is at:
letter-codes-not-asked = If you did not ask, do nothing: nobody can log in with a company code alone.

# Proofs of an address (R72).
letter-verify-subject = Confirm your email address for { $product }
letter-verify-preheader = Type the code in this mail on the page that asks for it.
letter-verify-heading = Confirm your email address
letter-verify-code = Type this code on the page that asks for it:
letter-change-subject = Confirm your new email address for { $product }
letter-change-preheader = One step is left before you log in with this address.
letter-change-heading = Confirm your new email address
letter-change-asked = Somebody asked to log in to { $product } with this email address from now on. If it was you, confirm it:
letter-change-link = Confirm this address
letter-change-next = Until then nothing changes, and the old address stays the user name.

# Proposed by an agency. Variables: $agency.
letter-proposed-asked = { $agency } asks you to log in to { $product } with this email address from now on. If you want that, open this page and confirm it with your password:
letter-proposed-link = Look at this change
letter-proposed-next = Nothing changes without your password, and { $agency } does not know it. Until then, the old address stays the user name.

# Notices (L7, L11): what happened, and what to do now. Variables: $username, $left (an agency), $address (a new one).
-if-it-was-you = If it was you, there is nothing to do.
letter-notice-preheader = Was it not you? This mail says what to do.
letter-notice-when = When:
letter-notice-program = Browser:
letter-notice-network = Network address:
letter-notice-forgot = Choose a new password
letter-notice-account = Open your account
letter-notice-no-longer = This change no longer stands: it was taken back, or replaced by another one.
letter-notice-an-agency = an agency
letter-notice-another-address = another address
letter-notice-contact = If it was not you, please tell the agency below, too.
letter-notice-contact-anyhow = If it was not you, please tell your agency, too.

letter-password-changed-subject = Your password for { $product } was changed
letter-password-changed-happened = The password of your account was changed by somebody who knew the old one.
letter-password-changed-next = { -if-it-was-you } If it was not you, choose a new password at once:

letter-password-reset-subject = Your password for { $product } was reset
letter-password-reset-happened = Somebody who can read your mail chose a new password for your account. Every device was logged out.
letter-password-reset-next = { -if-it-was-you } If it was not you, change the password of your mailbox first. Then choose a new password at once:

letter-questions-enrolled-subject = Your security questions for { $product } are set up
letter-questions-enrolled-happened = Your account has security questions now. You will be asked them if you forget your password.
letter-questions-enrolled-next = { -if-it-was-you } If it was not you, log in at once and change your password and your security questions:

letter-questions-changed-subject = Your security questions for { $product } were changed
letter-questions-changed-happened = Other security questions or answers were saved for your account.
letter-questions-changed-former = { -if-it-was-you } If it was not you: choose "Forgot your password?" and answer the questions you had before. They work until { $until }:
letter-questions-changed-next = { -if-it-was-you } If it was not you, log in at once and change your password and your security questions:

letter-email-proposed-subject = Your user name for { $product } is about to change
letter-email-proposed-happened = Somebody asked to change your email address, which is your user name, to { $address }. It changes as soon as the new address is confirmed.
letter-email-proposed-next = If you want this, confirm it in the mail to the new address. If you do not, keep your old address:
letter-email-proposed-undo = Keep my old address

letter-email-by-agency-subject = { $proposer } asks to change your user name for { $product }
letter-email-by-agency-happened = { $proposer } asks to change your email address, which is your user name, to { $address }. It changes only if you open the mail to the new address and confirm it with your password.
letter-email-by-agency-next = If you do not want this, or do not know the new address, keep your old one. Give your password to nobody:

letter-email-changed-subject = Your user name for { $product } was changed
letter-email-changed-happened = Your email address, which is your user name, is now { $address }. Nobody can log in with the old one any more.
letter-email-changed-next = { -if-it-was-you } If it was not you, undo the change at once:
letter-email-changed-undo = Undo the change

letter-email-restored-subject = The change of your user name for { $product } was undone
letter-email-restored-happened = The change of your email address was undone, and everybody was logged out. Your user name is { $username }.
letter-email-restored-next = Choose a new password now, because whoever changed the address knows the present one:

letter-new-device-subject = Your { $product } account was used on a new device
letter-new-device-happened = Somebody logged in with your user name and password in a browser that has not been used with your account before.
letter-new-device-next = { -if-it-was-you } If it was not you, somebody knows your password. Choose a new password at once:

letter-guesses-subject = Somebody tried to log in to your { $product } account
letter-guesses-happened = A wrong password was typed several times in a row. Nobody was let in. Further tries have to wait, each time a little longer.
letter-guesses-next = If it was not you, there is nothing to do. If it was you, wait a little and try again, or choose a new password:

letter-refused-subject = Your { $product } account needs a new password
letter-refused-happened = A wrong password was typed so many times that your password no longer opens your account from a new browser. Nobody was let in. Browsers you have used before still work.
letter-refused-next = Only a new password opens your account from everywhere again:

letter-recovery-paused-subject = Your security questions for { $product } are turned off for a while
letter-recovery-paused-happened = Your security questions were answered wrong too many times, so nobody can reset your password with them for a while. Nobody was let in, and your password still works.
letter-recovery-paused-next = If it was you, your agency can help. If it was not you, somebody can read the mails we send you: change the password of your mailbox.

letter-saved-code-removed-subject = The saved code of your { $product } account was removed
letter-saved-code-removed-happened = The saved code was removed. It no longer stands in for the answers to your security questions.
letter-saved-code-removed-next = { -if-it-was-you } If it was not you, log in at once, change your password and make a new saved code:
letter-downloaded-subject = Your { $product } data was downloaded
letter-downloaded-happened = Everything that is stored about you was downloaded as a file.
letter-downloaded-next = { -if-it-was-you } If it was not you, somebody knows your password. Choose a new one at once:
letter-saved-code-made-subject = A saved code was made for your { $product } account
letter-saved-code-made-happened = A saved code was made. If you forget your password, it can stand in for the answers to your security questions. An older saved code no longer works.
letter-saved-code-made-next = { -if-it-was-you } If it was not you, log in at once, change your password and make a new saved code:

letter-saved-code-used-subject = The saved code of your { $product } account was used
letter-saved-code-used-happened = Your password was reset with your saved code. The code is used up now.
letter-saved-code-used-next = If it was you, make a new saved code in your account. If it was not you, change the password of your mailbox first. Then choose a new password at once:

letter-signed-out-subject = You were logged out of { $product } everywhere
letter-signed-out-happened = Every browser and app was logged out of your account.
letter-signed-out-next = { -if-it-was-you } Log in again where you need it. If it was not you, somebody else was logged in to your account. Choose a new password at once:

letter-membership-removed-subject = You no longer belong to { $left }
letter-membership-removed-happened = { $left } has taken your { $product } account out of its list. You cannot use its portal and apps any more. Your account stays as it is.
letter-membership-removed-next = If you think this is a mistake, ask { $left }. Your own account is here:
letter-company-left-subject = You no longer belong to { $left }
letter-company-left-happened = Your { $product } account no longer belongs to { $left }. You cannot use its portal and apps any more. Your account and your other agencies stay as they are.
letter-company-left-next = { -if-it-was-you } If it was not you, ask { $left } to add you again, and choose a new password at once:

letter-account-closed-subject = Your { $product } account was closed
letter-account-closed-happened = Nobody can log in with it any more.
letter-account-closed-next = { -if-it-was-you } If it was not you, call each agency you work for at once: they know you and can give you access again.
