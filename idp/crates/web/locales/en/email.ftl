# Another email address, which is the user name (R72, R73): the person's own page, and the pages behind the two mails.

own-email-title = Your email address
own-email-lead = Your email address is your user name. You log in with it at every agency.
own-email-form = Change it
own-email-now = Your email address now
own-email-new = New email address
own-email-new-hint = We send a mail to this address. Nothing changes until you open it and press the button in it.
own-email-password = Current password
own-email-save = Send the mail
own-email-waiting = Waiting for you
own-email-waiting-next = We sent a mail to this address. Open it and press the button in it. Until then, log in as before. If nothing comes, look in the spam folder and check the address for mistakes. If it is right and still nothing comes, it cannot be used here: ask your agency for help.
own-email-proposed = { $proposer } asks you to change your email address
own-email-proposed-next = We sent a mail to this address. If it is yours and you want to log in with it, open the mail and confirm it with your password. If not, choose “Do not change it”. Until then, log in as before.
own-email-cancel = Do not change it
own-email-again = Send it again
own-email-sent = We sent a mail to your new address. Open it and press the button in it.
own-email-cancelled = Done. Your email address stays as it is.

own-email-missing = Enter your new email address.
own-email-too-long = This address is too long. Enter one with at most 254 characters.
own-email-invalid = We cannot write to this address. Check it: it must look like name@example.com.
own-email-same = This is the address you have already. Enter another one.
own-email-password-missing = Enter your current password.
own-email-password-wrong = This is not your current password. Try again.
own-email-too-many-tries = There were too many tries. Please wait { $wait }, then try again.
own-email-recover-first = There were too many wrong passwords. Log out and choose “Forgot your password?” to go on.
own-email-too-many-mails = You asked for a mail only a moment ago. Look in the mailbox and its spam folder first. If nothing comes, wait a few minutes and try again.
own-email-too-many-mails-wait = Too many mails were asked for from your network. Please wait { $wait }, then try again.
own-email-too-old = This page was open for too long, so nothing was changed. Please try again.

email-now = Email address now
email-wanted = New email address
email-back = The address you get back
email-user-name = Your user name
email-link-expired = This link has expired
email-to-account = Go to your account
email-to-own-email = Ask for a new mail
email-to-new-password = Choose a new password

email-confirm = Is this your new email address?
email-confirm-next = Press the button, and it is your email address and your user name from now on. Your password stays the same.
email-confirm-yes = Yes, change it
email-confirm-hint = If you did not ask for this, close this page. Nothing changes.
# Proposed by an agency. Variables: $proposer (the agency), $old (of the old address only the first letter and the domain), $new.
email-proposed-next = { $proposer } asks to change your email address from { $old } to { $new }. Only do this if the new address is yours. It is your user name everywhere then, and your password stays the same.
email-proposed-hint = If you do not want this, or do not know one of the two addresses, close this page. Nothing changes. Nobody at your agency needs your password.
email-proposed-recover-first = There were too many wrong passwords. Choose a new password to go on.
email-proposed-forgot = Forgot your password?
email-proposed-forgot-next = Choose a new one first; we write to the address you have now. Then log in and change your email address yourself, or ask your agency to do this again.
email-keep-agency-next = { $proposer } asks to change your email address. Press the button to keep the one you have. Nothing else changes, and you stay logged in.
email-keep-agency-hint = If you want the new address, close this page and confirm it in the mail we sent there.
email-kept-agency-next = The change that { $proposer } asked for was called off. Your password stays the same.
email-changed = Your email address was changed
email-changed-next = From now on, log in with the new address. Your password stays the same.
email-new-taken = This address cannot be used
email-new-taken-next = Your email address was not changed. Log in and choose another address, or ask your agency for help.
email-new-expired-next = Your email address was not changed. Log in and ask for a new mail.
email-new-over = This link can no longer be used
email-new-over-next = A newer mail was sent, or the change was taken back. Use the button in the newest mail, or log in and ask for a new one.

email-keep = Keep your email address?
email-keep-next = Somebody who knows your password asked to change your email address. Press the button to keep it. Everybody is logged out then, and you choose a new password.
email-keep-yes = Keep my address
email-own-change-hint = If it was you, close this page. Nothing happens.
email-kept = Your email address stays as it is
email-kept-next = Everybody was logged out, and the old password no longer works. Choose a new one now.
email-restore = Get your email address back?
email-restore-next = Your email address was changed by somebody who knows your password. Press the button to get it back. Everybody is logged out then, and you choose a new password.
email-restore-yes = Get my address back
email-restored = You have your email address back
email-restored-next = Everybody was logged out, and the old password no longer works. Choose a new one now.
email-old-taken = We cannot give you this address back
email-old-taken-next = Somebody else uses it by now, so nothing was changed. Please call your agency: it can help you get your account back.
email-old-expired-next = Nothing was changed. If you cannot log in, please call your agency: it can help you.
email-old-over = There is nothing to take back
email-old-over-next = The change was taken back already, or a newer mail tells you about it. Look for the newest mail. If you cannot log in, choose a new password.
