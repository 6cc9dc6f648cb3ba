// POST /store/search answers for no index that is not named here.
const { configureStoreSearch, defineMiddlewares } = require("@medusajs/framework/http")

module.exports = {
  default: defineMiddlewares({
    routes: [{ matcher: "/store/search", middlewares: [configureStoreSearch({ allowed_indexes: { product: true } })] }],
  }),
}
