"""What is asked of the shop API about customers."""

from __future__ import annotations

from .order_documents import ERROR

_PASSWORD = "... on PasswordValidationError { validationErrorMessage }"  # noqa: S105 - a selection
_CUSTOMER = "id firstName lastName emailAddress phoneNumber createdAt"
ADDRESS = (
    "id fullName company streetLine1 streetLine2 city province postalCode phoneNumber defaultShippingAddress"
    " country { code }"
)

LOGIN = f"""
mutation Login($email: String!, $password: String!) {{
  done: login(username: $email, password: $password) {{ __typename {ERROR} }}
}}
"""
LOGOUT = "mutation Logout { logout { success } }"
ME = f"query Me {{ activeCustomer {{ {_CUSTOMER} }} activeOrder {{ ...Whole }} }}"
REGISTER = f"""
mutation Register($input: RegisterCustomerInput!) {{
  done: registerCustomerAccount(input: $input) {{ __typename {ERROR} {_PASSWORD} }}
}}
"""
VERIFY = f"mutation Verify($token: String!) {{ done: verifyCustomerAccount(token: $token) {{ __typename {ERROR} }} }}"
FORGOT = (
    f"mutation Forgot($email: String!) {{ done: requestPasswordReset(emailAddress: $email) {{ __typename {ERROR} }} }}"
)
RESET = f"""
mutation Reset($token: String!, $password: String!) {{
  done: resetPassword(token: $token, password: $password) {{
    ... on CurrentUser {{ identifier }} {ERROR} {_PASSWORD}
  }}
}}
"""
UPDATE = f"mutation Update($input: UpdateCustomerInput!) {{ updateCustomer(input: $input) {{ {_CUSTOMER} }} }}"
PASSWORD = f"""
mutation Password($current: String!, $new: String!) {{
  done: updateCustomerPassword(currentPassword: $current, newPassword: $new) {{ __typename {ERROR} {_PASSWORD} }}
}}
"""
ADDRESSES = f"query Addresses {{ activeCustomer {{ addresses {{ {ADDRESS} }} }} }}"
CREATE_ADDRESS = f"""
mutation Create($input: CreateAddressInput!) {{ saved: createCustomerAddress(input: $input) {{ {ADDRESS} }} }}
"""
UPDATE_ADDRESS = f"""
mutation Change($input: UpdateAddressInput!) {{ saved: updateCustomerAddress(input: $input) {{ {ADDRESS} }} }}
"""
DELETE_ADDRESS = "mutation Remove($id: ID!) { deleteCustomerAddress(id: $id) { success } }"
ORDERS = """
query Orders($take: Int!, $skip: Int!) {
  activeCustomer { orders(options: {take: $take, skip: $skip, sort: {orderPlacedAt: DESC}, filter: {active: {eq: false}}}) {
    totalItems items { ...Whole payments { method state } }
  } }
}
"""
