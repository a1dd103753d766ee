# Links that can no longer be used (R43, R67-R69, R74). "Replaced by a newer one" is the requirement's wording.

link-expired = This link has expired
link-expired-next = For your safety, links in our mails work for a short time only. We can send you a new one.
link-renew = Send a new link to the address on file

link-used = Your account is already activated
link-used-next = This link has done its work. Please log in to your agency's portal or app with your user name and password.
link-log-in = Log in

link-superseded = This link was replaced by a newer one
link-superseded-next = Open the newest mail from your agency and use the link in it. Older links no longer work.

link-withdrawn = Your agency took this invitation back
link-withdrawn-next = The links it sent you no longer work. If you think that this is a mistake, ask your agency.

link-invalid = This link does not work
link-invalid-next = Open the mail again and use the whole link, from its first to its last character. If it still does not work, ask your agency for a new one.

link-sent-title = Check your mail
link-sent-lead = If a new link is due to you, it is on its way to the address on file.
link-sent-next = It can take a few minutes. Look in the spam folder too. If nothing comes, ask your agency to check your address.
