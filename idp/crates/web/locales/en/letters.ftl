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
letter-questions = If you have any questions, please contact the agency below.
letter-sincerely = Sincerely,
letter-on-behalf = This is a message from { $operator } on behalf of { $agency }

letter-member-subject = You have been granted access to { $agency }
letter-member-preheader = Log in with the user name and password you already have.
letter-member-heading = Access Granted
letter-member-granted = You have been granted access to { $agency }. Log in with the { $product } user name and password you already have. There is nothing to activate.
letter-member-portal = Go to { $agency }
