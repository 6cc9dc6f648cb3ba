"""The test Saleor's customers: tokens that lapse silently, accounts, addresses."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import graphql

LIFE = 300.0


class Denied(Exception):
    """Saleor's refusal of a field or a mutation."""


def fault(code: str, field: str | None = None, message: str = "said by Saleor", **more: Any) -> dict[str, Any]:
    return {"errors": [{"code": code, "field": field, "message": message, **more}]}


def good(**more: Any) -> dict[str, Any]:
    return {"errors": [], **more}


def jwt(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{body}.{uuid.uuid4().hex}"


class People:
    """`confirms`: new accounts must confirm their address first. `mailed` holds what was sent, by address."""

    reader: dict[str, Any] | None

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.mailed: dict[str, str] = {}
        self.confirms, self.refreshes = False, 0
        self.now = time.time

    def user(self, token: str) -> dict[str, Any] | None:
        email = self.tokens.get(token)
        if email is None or json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")).get("exp", 0) < self.now():
            return None
        return self.users[email]

    def people_root(self) -> dict[str, Any]:
        return {
            "me": lambda info: self._me(),
            "tokenCreate": self._login,
            "tokenRefresh": self._refresh,
            "tokensDeactivateAll": lambda info: self._logout(),
            "accountRegister": self._register,
            "requestPasswordReset": self._forgot,
            "setPassword": self._reset,
            "passwordChange": self._password,
            "accountUpdate": self._update,
            "accountAddressCreate": self._address,
            "accountAddressUpdate": self._address,
            "accountAddressDelete": self._drop_address,
            "accountSetDefaultAddress": self._default,
        }

    def _own(self) -> dict[str, Any]:
        if self.reader is None:
            raise Denied("To access this path, you need one of the following permissions: AUTHENTICATED_USER")
        return self.reader

    def _me(self) -> dict[str, Any] | None:
        if self.reader is None:
            return None
        orders = list(reversed(self.reader["orders"]))
        user = self.reader
        return {
            **user,
            "addresses": list(user["book"].values()),
            "orders": lambda info, first, after=None, where=None: _orders(orders, first, after, where),
            "checkouts": lambda info, first, channel: self.checkouts_of(user, channel),  # type: ignore[attr-defined]
        }

    def _tokens(self, user: dict[str, Any]) -> dict[str, Any]:
        access = jwt(exp=self.now() + LIFE, user_id=user["id"])
        refresh = jwt(exp=self.now() + 10_000 * LIFE, refresh=True)
        self.tokens |= {access: user["email"], refresh: user["email"]}
        return good(token=access, refreshToken=refresh, user=user)

    def _login(self, info: Any, email: str, password: str) -> dict[str, Any]:
        user = self.users.get(email)
        if user is None or user["password"] != password:
            return fault("INVALID_CREDENTIALS", "email")
        return self._tokens(user) if user["confirmed"] else fault("ACCOUNT_NOT_CONFIRMED", "email")

    def _refresh(self, info: Any, refreshToken: str) -> dict[str, Any]:
        self.refreshes += 1
        user = self.user(refreshToken) if refreshToken.count(".") == 2 else None
        return good(token=self._tokens(user)["token"]) if user else fault("JWT_INVALID_TOKEN", "refreshToken")

    def _logout(self) -> dict[str, Any]:
        own = self._own()
        self.tokens = {token: email for token, email in self.tokens.items() if email != own["email"]}
        return good()

    def _register(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        if len(input["password"]) < 8:
            return fault("PASSWORD_TOO_SHORT", "password")
        if input["email"] not in self.users:
            self.users[input["email"]] = {
                "id": base64.b64encode(f"User:{len(self.users) + 1}".encode()).decode(),
                "email": input["email"], "password": input["password"], "confirmed": not self.confirms,
                "firstName": input.get("firstName") or "", "lastName": input.get("lastName") or "",
                "dateJoined": "2026-11-22T10:00:00+00:00", "orders": [], "book": {},
            }  # fmt: skip
        return good(requiresConfirmation=self.confirms)

    def _forgot(self, info: Any, email: str, redirectUrl: str, channel: str) -> dict[str, Any]:
        if email not in self.users:
            return fault("NOT_FOUND", "email")
        self.mailed[email] = uuid.uuid4().hex
        return good()

    def _reset(self, info: Any, email: str, password: str, token: str) -> dict[str, Any]:
        if token != self.mailed.get(email):
            return fault("INVALID", "token")
        del self.mailed[email]
        self.users[email] |= {"password": password, "confirmed": True}
        return self._tokens(self.users[email])

    def _password(self, info: Any, newPassword: str, oldPassword: str) -> dict[str, Any]:
        own = self._own()
        if own["password"] != oldPassword:
            return fault("INVALID_CREDENTIALS", "oldPassword")
        own["password"] = newPassword
        self._logout()
        return good()

    def _update(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        self._own().update(input)
        return good(user=self._own())

    def _address(self, info: Any, input: dict[str, Any], id: str | None = None) -> dict[str, Any]:
        book = self._own()["book"]
        wrong = address_fault(input)
        if wrong:
            return wrong
        id = id or base64.b64encode(f"Address:{uuid.uuid4().int % 10**9}".encode()).decode()
        book[id] = {
            **address(input),
            "id": id,
            "isDefaultShippingAddress": book.get(id, {}).get("isDefaultShippingAddress"),
        }
        return good(address=book[id])

    def _drop_address(self, info: Any, id: str) -> dict[str, Any]:
        self._own()["book"].pop(id)
        return good()

    def _default(self, info: Any, id: str, type: str) -> dict[str, Any]:
        for key, one in self._own()["book"].items():
            one["isDefaultShippingAddress"] = key == id
        return good()


def address(given: dict[str, Any]) -> dict[str, Any]:
    texts = ("firstName", "lastName", "companyName", "streetAddress1", "streetAddress2", "city", "postalCode", "phone")
    made = {name: given.get(name) or "" for name in (*texts, "countryArea")}
    made["city"] = made["city"].upper()  # as the post of many countries asks for
    kept = {each["key"]: each["value"] for each in given.get("metadata") or ()}
    found = {"cityArea": "", "country": {"code": given["country"]}, "metafield": lambda info, key: kept.get(key)}
    return {**made, **found, "id": "QWRkcmVzczox"}


def address_fault(given: dict[str, Any]) -> dict[str, Any] | None:
    if given["country"] == "GB" and len(given.get("postalCode") or "") < 5:
        return fault("INVALID", "postalCode", "This value is not valid for the address.")
    return None


def _orders(found: list[dict[str, Any]], first: int, after: str | None, where: Any) -> dict[str, Any]:
    if after and not after.isdecimal():
        raise graphql.GraphQLError("Received cursor is invalid.")
    ids = where["ids"] if where else None
    kept = [one for one in found if ids is None or one["id"] in ids][int(after or 0) :]
    info = {"hasNextPage": len(kept) > first, "endCursor": str(int(after or 0) + first)}
    return {"edges": [{"node": one} for one in kept[:first]], "pageInfo": info}
