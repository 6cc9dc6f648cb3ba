"""Documents of checkouts and orders.

A checkout tells its `user` only to that user: that field's refusal is how a customer's checkout is known for another's.
"""

from __future__ import annotations

from .documents import TAXED

ADDRESS = """
fragment Place on Address {
  id firstName lastName companyName streetAddress1 streetAddress2 city cityArea postalCode countryArea phone
  country { code } isDefaultShippingAddress typed: metafield(key: "portico.city")
}
"""

_SEEN = """
  id quantity channel { slug } user { id }
  email isShippingRequired updatedAt customerNote metadata { key value }
  voucherCode discount { amount currency } discountName translatedDiscountName
  giftCards { id last4CodeChars currentBalance { amount currency } }
  subtotalPrice { ...Taxed } shippingPrice { ...Taxed } totalPrice { ...Taxed }
  deliveryMethod { __typename ... on ShippingMethod { id } ... on Warehouse { id } }
  shippingAddress { ...Place }
  lines {
    id quantity requiresShipping isGift unitPrice { ...Taxed } totalPrice { ...Taxed }
    variant {
      id name sku quantityAvailable(countryCode: $country) quantityLimitPerCustomer
      pricing { price { ...Taxed } priceUndiscounted { ...Taxed } pricePrior { ...Taxed } }
      attributes(variantSelection: VARIANT_SELECTION) {
        attribute { slug name translation(languageCode: $lang) { name } }
        values { slug name translation(languageCode: $lang) { name } }
      }
      product {
        id slug name translation(languageCode: $lang) { name } isAvailableForPurchase
        thumbnail(size: 256, format: WEBP) { url alt }
      }
    }
  }
"""
SEEN = f"fragment Seen on Checkout {{ {_SEEN} }} {ADDRESS} {TAXED}"
WHOLE = f"""
fragment Seen on Checkout {{
  {_SEEN}
  billingAddress {{ ...Place }}
  channel {{ slug countries {{ code }} }}
  delivery {{ id shippingMethod {{ id }} }}
  availableCollectionPoints {{ id name address {{ ...Place }} }}
  authorizeStatus chargeStatus
  problems {{
    __typename
    ... on CheckoutLineProblemInsufficientStock {{ availableQuantity line {{ id }} }}
    ... on CheckoutLineProblemVariantNotAvailable {{ line {{ id }} }}
  }}
}} {ADDRESS} {TAXED}
"""
_USUAL = "$lang: LanguageCodeEnum!, $country: CountryCode!"
_ERRORS = "errors { field code message }"
_LINE_ERRORS = "errors { field code message variants }"


def read(fragment: str) -> str:
    return f"query Checkout($id: ID!, {_USUAL}) {{ checkout(id: $id) {{ ...Seen }} }} {fragment}"


MINE = f"""
query Mine($channel: String!, {_USUAL}) {{
  me {{ checkouts(first: 5, channel: $channel) {{ edges {{ node {{ ...Seen }} }} }} }}
}} {SEEN}
"""

CREATE = f"""
mutation Create($input: CheckoutCreateInput!, {_USUAL}) {{
  done: checkoutCreate(input: $input) {{ checkout {{ ...Seen }} {_LINE_ERRORS} }}
}} {SEEN}
"""

ADD = f"""
mutation Add($id: ID!, $lines: [CheckoutLineInput!]!, {_USUAL}) {{
  done: checkoutLinesAdd(id: $id, lines: $lines) {{ checkout {{ ...Seen }} {_LINE_ERRORS} }}
}} {SEEN}
"""

UPDATE = f"""
mutation Update($id: ID!, $lines: [CheckoutLineUpdateInput!]!, {_USUAL}) {{
  done: checkoutLinesUpdate(id: $id, lines: $lines) {{ checkout {{ ...Seen }} {_LINE_ERRORS} }}
}} {SEEN}
"""

REMOVE = f"""
mutation Remove($id: ID!, $lines: [ID!]!, {_USUAL}) {{
  done: checkoutLinesDelete(id: $id, linesIds: $lines) {{ checkout {{ ...Seen }} {_ERRORS} }}
}} {SEEN}
"""

CODE = f"""
mutation Code($id: ID!, $code: String!, {_USUAL}) {{
  done: checkoutAddPromoCode(id: $id, promoCode: $code) {{ checkout {{ ...Seen }} {_ERRORS} }}
}} {SEEN}
"""

UNCODE = f"""
mutation Uncode($id: ID!, $code: String, $card: ID, {_USUAL}) {{
  done: checkoutRemovePromoCode(id: $id, promoCode: $code, promoCodeId: $card) {{ checkout {{ ...Seen }} {_ERRORS} }}
}} {SEEN}
"""

ANNOTATE = f"""
mutation Annotate(
  $id: ID!, $note: String!, $metadata: [MetadataInput!]!, $noted: Boolean!, $marked: Boolean!
) {{
  marked: updateMetadata(id: $id, input: $metadata) @include(if: $marked) {{ {_ERRORS} }}
  noted: checkoutCustomerNoteUpdate(id: $id, customerNote: $note) @include(if: $noted) {{ {_ERRORS} }}
}}
"""

ATTACH = f"""
mutation Attach($id: ID!, {_USUAL}) {{
  done: checkoutCustomerAttach(id: $id) {{ checkout {{ ...Seen }} {_ERRORS} }}
}} {SEEN}
"""

# `saveAddress` is true unless it is said otherwise: every address of a checkout would end in the customer's book.
DETAILS = f"""
mutation Details(
  $id: ID!, $email: String!, $shipping: AddressInput!, $billing: AddressInput!,
  $byEmail: Boolean!, $byShipping: Boolean!, $byBilling: Boolean!
) {{
  contact: checkoutEmailUpdate(id: $id, email: $email) @include(if: $byEmail) {{ {_ERRORS} }}
  shipping_address: checkoutShippingAddressUpdate(id: $id, shippingAddress: $shipping, saveAddress: false)
    @include(if: $byShipping) {{ {_ERRORS} }}
  billing_address: checkoutBillingAddressUpdate(id: $id, billingAddress: $billing, saveAddress: false)
    @include(if: $byBilling) {{ {_ERRORS} }}
}}
"""

DELIVERIES = f"""
mutation Deliveries($id: ID!, $lang: LanguageCodeEnum!) {{
  done: deliveryOptionsCalculate(id: $id) {{
    deliveries {{ id shippingMethod {{
      id name price {{ amount currency }} minimumDeliveryDays maximumDeliveryDays active
      translation(languageCode: $lang) {{ name }}
    }} }}
    {_ERRORS}
  }}
}}
"""

CHOOSE = f"""
mutation Choose($id: ID!, $delivery: ID!) {{
  done: checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $delivery) {{ {_ERRORS} }}
}}
"""

MARK = f"""
mutation Mark($id: ID!, $metadata: [MetadataInput!]!) {{
  done: updateMetadata(id: $id, input: $metadata) {{ {_ERRORS} }}
}}
"""

ORDER = f"""
fragment Bought on Order {{
  id number created status statusDisplay chargeStatus channel {{ slug }} userEmail metadata {{ key value }}
  shippingMethodName collectionPointName discount {{ amount currency }}
  subtotal {{ ...Taxed }} shippingPrice {{ ...Taxed }} total {{ ...Taxed }}
  shippingAddress {{ ...Place }} billingAddress {{ ...Place }}
  lines {{
    id productName variantName translatedProductName translatedVariantName productSku productVariantId
    quantity quantityFulfilled isShippingRequired isGift unitPrice {{ ...Taxed }} totalPrice {{ ...Taxed }}
    thumbnail(size: 256, format: WEBP) {{ url alt }}
  }}
  fulfillments {{ status trackingNumber created lines {{ quantity orderLine {{ id }} }} }}
}} {ADDRESS} {TAXED}
"""

GATEWAYS = "query Gateways($id: ID!) { checkout(id: $id) { availablePaymentGateways { id } } }"

PAY = f"""
mutation Pay($id: ID!, $payment: PaymentInput!) {{
  done: checkoutPaymentCreate(id: $id, input: $payment) {{ {_ERRORS} }}
}}
"""

RECORD = f"""
mutation Record($id: ID!, $transaction: TransactionCreateInput!) {{
  done: transactionCreate(id: $id, transaction: $transaction) {{ {_ERRORS} }}
}}
"""

COMPLETE = f"""
mutation Complete($id: ID!) {{
  done: checkoutComplete(id: $id) {{ order {{ ...Bought }} confirmationNeeded {_LINE_ERRORS} }}
}} {ORDER}
"""

ORDERS = f"""
query Orders($first: Int!, $after: String, $where: CustomerOrderWhereInput) {{
  me {{ orders(first: $first, after: $after, where: $where) {{
    pageInfo {{ hasNextPage endCursor }} edges {{ node {{ ...Bought }} }}
  }} }}
}} {ORDER}
"""
