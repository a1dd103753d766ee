# "Log In" (R44-R47). Title, lead, labels, button and the notice are the guides' words.

log-in-title = Log In
log-in-lead = Use your { $product } account to log in.
# A client that is nobody's we know, by the name it gave itself.
log-in-client = You came from { $client }, a program of somebody else. It never sees your password, and learns about you only what you allow.
log-in-username = UserName
log-in-password = Password
log-in-remember = Remember me
log-in-submit = Log in
log-in-forgot = Forgot your password?

notice-password-created = Your password has been reset. Please log in and configure your Security Questions.
notice-password-reset = Your password has been reset. Please log in.
notice-operator-ready = You are an operator now. Please log in with the password you have just chosen. Then you see your agencies.
notice-dismiss = Close this message

log-in-username-missing = Enter your user name. It is your email address.
log-in-password-missing = Enter your password.
log-in-wrong = Invalid username or password. Check both and try again. Your user name is your email address.
log-in-too-many-tries = There were too many tries. Please wait { $wait }, then try again.
log-in-recover-first = There were too many tries with this user name. Choose “Forgot your password?” to go on.
log-in-for-safety = For your safety, log in again to go on.
log-in-nothing-saved = You were away for too long, so nothing was saved. Log in again and make your changes once more.
log-in-stale = This page was open for too long. Please log in again.

password-show = Show
password-hide = Hide
password-caps-lock = Caps Lock is on.
