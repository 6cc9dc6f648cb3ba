"""What is asked of the shop API about orders. A document cannot hold a query and a mutation, so what a write leaves is
selected in its last part."""

from __future__ import annotations

from .documents import option

_ADDRESS = "fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber"
ERROR = "... on ErrorResult { errorCode message }"
STOCK_ERROR = "... on InsufficientStockError { quantityAvailable } ... on OrderLimitError { maxItems }"
"""Only the number: Vendure fails when asked for the sums of the order inside this error."""


def order(swatch_field: str) -> str:
    return f"""
    fragment Whole on Order {{
      id code state active updatedAt orderPlacedAt currencyCode totalQuantity
      subTotal subTotalWithTax shipping shippingWithTax total totalWithTax couponCodes
      lines {{
        id quantity unitPrice unitPriceWithTax unitPriceChangeSinceAdded unitPriceWithTaxChangeSinceAdded
        linePrice linePriceWithTax featuredAsset {{ preview width height }}
        discounts {{ description adjustmentSource amount amountWithTax }}
        productVariant {{ id productId sku stockLevel options {{ {option(swatch_field)} }} product {{ slug name }} }}
      }}
      discounts {{ description adjustmentSource amount amountWithTax }}
      surcharges {{ price priceWithTax }}
      shippingLines {{ price priceWithTax shippingMethod {{ id code name }} }}
      shippingAddress {{ {_ADDRESS} }}
      billingAddress {{ {_ADDRESS} }}
      customer {{ emailAddress phoneNumber }}
      promotions {{ id couponCode name }}
    }}
    """


ACTIVE = "query Active { activeOrder { ...Whole } }"
BY_CODE = """
query ByCode($code: String!) {
  orderByCode(code: $code) {
    ...Whole payments { method state }
    fulfillments { state method createdAt trackingCode lines { orderLineId quantity } }
  }
}
"""
ADD = f"""
mutation Add($inputs: [AddItemInput!]!) {{
  addItemsToOrder(inputs: $inputs) {{
    order {{ ...Whole }}
    errorResults {{ {ERROR} {STOCK_ERROR} }}
  }}
}}
"""
CODE = f"mutation Code($code: String!) {{ done: applyCouponCode(couponCode: $code) {{ ...Whole {ERROR} }} }}"
UNCODE = "mutation Uncode($code: String!) { done: removeCouponCode(couponCode: $code) { ...Whole } }"
EMPTY = f"mutation Empty {{ done: removeAllOrderLines {{ __typename {ERROR} }} }}"
TURN = f"""
mutation Turn($state: String!) {{
  done: transitionOrderToState(state: $state) {{
    ...Whole {ERROR} ... on OrderStateTransitionError {{ transitionError }}
  }}
}}
"""
PAY = f"""
mutation Pay($input: PaymentInput!) {{
  done: addPaymentToOrder(input: $input) {{
    ...Whole {ERROR}
    ... on PaymentDeclinedError {{ paymentErrorMessage }}
    ... on PaymentFailedError {{ paymentErrorMessage }}
  }}
}}
"""
SHIP = f"mutation Ship($id: [ID!]!) {{ done: setOrderShippingMethod(shippingMethodId: $id) {{ ...Whole {ERROR} }} }}"
DESK = """
query Desk {
  activeOrder { ...Whole }
  availableCountries { code }
  eligibleShippingMethods { id code name description price priceWithTax }
}
"""
PAYMENTS = "query Payments { eligiblePaymentMethods { code name description isEligible } }"
CUSTOMER = f"setCustomerForOrder(input: $customer) {{ __typename {ERROR} }}"
SHIPPING_ADDRESS = f"setOrderShippingAddress(input: $shipping) {{ __typename {ERROR} }}"
BILLING_ADDRESS = f"setOrderBillingAddress(input: $billing) {{ __typename {ERROR} }}"
SAME_ADDRESS = f"unsetOrderBillingAddress {{ __typename {ERROR} }}"
_ERROR = ERROR.replace("{", "{{").replace("}", "}}")
_STOCK_ERROR = STOCK_ERROR.replace("{", "{{").replace("}", "}}")
ADJUST = (
    "adjustOrderLine(orderLineId: $line{at}, quantity: $quantity{at}) "
    f"{{{{ __typename {_ERROR} {_STOCK_ERROR} {{more}} }}}}"
)
REMOVE = f"removeOrderLine(orderLineId: $line{{at}}) {{{{ __typename {_ERROR} {{more}} }}}}"
