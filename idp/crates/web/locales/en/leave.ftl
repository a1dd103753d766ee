# Leaving, coming back, and not being let in.

signed-out-title = You are signed out
signed-out-lead = You have left { $product } on this device.
signed-out-next = To log in again, open your agency's portal. On a shared computer, close the browser as well.

logout-title = Do you want to log out?
logout-lead = You will be signed out of every portal and program you opened with { $product } in this browser.
logout-yes = Yes, log out
logout-no = No, stay

no-access-title = You do not have access to this agency
no-access-lead = Your account works, but it does not open this agency. If it should, ask the agency to add you.
no-access-any-title = Your account does not open an agency
no-access-any-lead = Your account works, but no agency lets you in at the moment. If one should, ask it to add you.
no-access-account = Go to your account
no-access-another = Choose another agency
no-access-sign-out = Log out

form-post-title = Almost there
form-post-lead = Press the button to go back to where you came from.
form-post-continue = Continue

stopped-title = This log-in was stopped
stopped-lead = The program that sent you here made a mistake, so nobody was logged in. It calls itself { $client }, and nobody at { $product } has checked that.
stopped-next = If you did not come from { $place }, close this page. Otherwise, go back there and start again. If it happens again, tell whoever makes the program.
stopped-go = Go back to { $place }
stopped-client = Calls itself
stopped-place = The button leads to
