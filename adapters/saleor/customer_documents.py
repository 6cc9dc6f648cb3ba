"""Documents of customers."""

from __future__ import annotations

from .checkout_documents import ADDRESS

_ERRORS = "errors { field code message }"
_USER = "id email firstName lastName dateJoined"

LOGIN = f"""
mutation Login($email: String!, $password: String!) {{
  done: tokenCreate(email: $email, password: $password) {{ token refreshToken user {{ {_USER} }} {_ERRORS} }}
}}
"""
LOGOUT = f"mutation Logout {{ done: tokensDeactivateAll {{ {_ERRORS} }} }}"

REGISTER = f"""
mutation Register($input: AccountRegisterInput!) {{
  done: accountRegister(input: $input) {{ requiresConfirmation {_ERRORS} }}
}}
"""
FORGOT = f"""
mutation Forgot($email: String!, $page: String!, $channel: String!) {{
  done: requestPasswordReset(email: $email, redirectUrl: $page, channel: $channel) {{ {_ERRORS} }}
}}
"""
RESET = f"""
mutation Reset($email: String!, $token: String!, $password: String!) {{
  done: setPassword(email: $email, token: $token, password: $password) {{
    token refreshToken user {{ {_USER} }} {_ERRORS}
  }}
}}
"""
PASSWORD = f"""
mutation Password($old: String!, $new: String!) {{
  done: passwordChange(oldPassword: $old, newPassword: $new) {{ {_ERRORS} }}
}}
"""
ME = f"query Me {{ me {{ {_USER} }} }}"
UPDATE = f"""
mutation Update($input: AccountInput!) {{ done: accountUpdate(input: $input) {{ user {{ {_USER} }} {_ERRORS} }} }}
"""

ADDRESSES = f"query Addresses {{ me {{ addresses {{ ...Place }} }} }} {ADDRESS}"
_ADDRESS = f"address {{ ...Place }} {_ERRORS}"
CREATE = f"""
mutation CreateAddress($input: AddressInput!) {{
  done: accountAddressCreate(input: $input) {{ {_ADDRESS} }}
}} {ADDRESS}
"""
CHANGE = f"""
mutation ChangeAddress($id: ID!, $input: AddressInput!) {{
  done: accountAddressUpdate(id: $id, input: $input) {{ {_ADDRESS} }}
}} {ADDRESS}
"""
DEFAULT = f"""
mutation DefaultAddress($id: ID!) {{
  done: accountSetDefaultAddress(id: $id, type: SHIPPING) {{ {_ERRORS} }}
  billing: accountSetDefaultAddress(id: $id, type: BILLING) {{ {_ERRORS} }}
}}
"""
REMOVE = f"mutation RemoveAddress($id: ID!) {{ done: accountAddressDelete(id: $id) {{ {_ERRORS} }} }}"
