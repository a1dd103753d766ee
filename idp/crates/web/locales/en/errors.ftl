# What stopped a request, and what to do now.

error-request-id = Request
error-detail = Details

error-bad-request = We could not open this page
error-bad-request-next = The address or the program that sent you here made a mistake. Go back to where you started and try again.
error-unknown-client-next = The program that sent you here is not known to { $product }. Go back to where you started and try again. If it happens again, tell your agency.
error-bad-redirect-next = The program that sent you here gave an address to return to that does not belong to it, so we stopped. Tell your agency what you were trying to open.
error-bad-request-object-next = The program that sent you here asked for this log-in in a form that cannot be trusted, so we stopped. Tell your agency what you were trying to open.
error-client-changed-next = The program that sent you here cannot be used at the moment. Go back to where you started and try again later.
error-over = This log-in is over
error-over-next = It was finished, or it waited too long before this page was opened. Go back to where you started and log in from there.
error-stale-form = Please try that again
error-stale-form-next = The page was open for too long, or your browser blocks cookies. Nothing was changed. Go back, reload the page and send it once more.
error-not-found = There is no such page
error-not-found-next = Check the address. To log in, open your agency's portal or app.
error-method = This page cannot be opened like that
error-method-next = Go back to the page you came from and use its button once more.
error-too-large = That was too much at once
error-too-large-next = What was sent is larger than this page accepts. Go back, shorten it and try again.
error-too-slow = That took too long to arrive
error-too-slow-next = What you sent did not reach us completely. Check your connection, go back and try again.
error-too-many = Too many tries in a short time
error-busy = We are very busy right now
error-wait-next = Nothing was changed. Please wait { $wait }, then try again.
error-server = Something went wrong on our side
error-server-next = It is not your fault. Please try again in a minute. If it happens again, tell your agency and give the request number below.

way-home = Go to the start page
