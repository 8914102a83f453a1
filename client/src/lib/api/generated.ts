// Generated from docs/openapi.yaml by `npm run api`.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys that sessions are verified with (RFC 7517). */
        get: operations["keySet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own orders, the newest first. */
        get: operations["listOrders"];
        put?: never;
        /** Reserves a ticket. */
        post: operations["createOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** One of one's own orders. */
        get: operations["showOrder"];
        put?: never;
        post?: never;
        /** Gives a reservation up. Doing so twice is harmless. */
        delete: operations["cancelOrder"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own payments, the newest first. */
        get: operations["listPayments"];
        put?: never;
        /**
         * Charges a card for an order, as TicketX does.
         * @description token is one of Stripe's (tok_…, pm_…). A card whose owner has to consent is answered 402 authentication_required, with nextAction in GET /api/payments/{orderId} where Stripe gives a page to go to. Paying twice answers as the first time.
         */
        post: operations["pay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/{orderId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the payment of one's own order stands. */
        get: operations["showPayment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/intents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens a payment that the browser confirms with Stripe itself.
         * @description One intent for each order and attempt, whatever is clicked. The order moves to awaiting:payment. The secret is not kept, so the same Idempotency-Key opens the payment anew, which is the same one. How it ends, Stripe tells by webhook; GET /api/payments/{orderId} shows it.
         */
        post: operations["createIntent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes Stripe's signed events.
         * @description Answered with 200 only when the fact is kept, so that Stripe tries again otherwise.
         */
        post: operations["stripeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the catalogue, or with seller=me of one's own tickets. */
        get: operations["listTickets"];
        put?: never;
        /** Lists a ticket. A title and a price are enough. */
        post: operations["createTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** One ticket, whatever its status. */
        get: operations["showTicket"];
        /**
         * Replaces what the seller says about a ticket that is for sale.
         * @description What is not given is cleared, but for the currency. A body of title and price alone is from TicketX's client and leaves the rest as it is. A ticket that is past can't lose its startsAt, and is for sale again with a new one.
         */
        put: operations["editTicket"];
        post?: never;
        /**
         * Takes a ticket off sale for good. Doing so twice is harmless.
         * @description 409 has reserved or sold as its code. When somebody reserves the ticket at the same moment, it is withdrawn if they do not buy it. After 503 the ticket is off sale, and trying again tells whether somebody came first.
         */
        delete: operations["withdrawTicket"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many tickets there are in each category and city, for the same filters.
         * @description The counts of categories leave the category filter aside, and those of cities the city filter, so that they say what choosing another one would bring.
         */
        get: operations["ticketFacets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells open pages what was listed, changed, reserved, sold or freed.
         * @description Server-Sent Events. Each `ticket` event has a ticket as data, and an id to resume from. `reset` says that what was missed is not known any more: read the page anew. A comment every 15 seconds keeps the connection.
         */
        get: operations["ticketStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/currentuser": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in; renews a session that is due. */
        get: operations["currentUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renews the session. */
        post: operations["refreshSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/signin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens a session. */
        post: operations["signIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/signout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session; also when there is none. */
        post: operations["signOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens an account and a session. */
        post: operations["signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @enum {string} */
        Category: "concert" | "festival" | "theatre" | "musical" | "comedy" | "sports" | "family" | "exhibition" | "conference" | "other";
        Credentials: {
            /** Format: email */
            email: string;
            /** Format: password */
            password: string;
        };
        /**
         * @description An ISO 4217 code in lower case, as Stripe writes it.
         * @example eur
         */
        Currency: string;
        Facets: {
            /** @description The most frequent first. */
            categories: {
                count: number;
                value: string;
            }[];
            /** @description The most frequent first. */
            cities: {
                count: number;
                value: string;
            }[];
            /** @description What one's own sold tickets that match have earned in the shop's currency. Only with seller=me. */
            proceeds?: {
                amount: components["schemas"]["Money"];
                currency: components["schemas"]["Currency"];
            };
            /** @description How many tickets match. */
            total: number;
        };
        /**
         * @description In major units, with at most as many decimals as the currency has.
         * @example 49.5
         */
        Money: number;
        Offer: {
            category?: components["schemas"]["Category"];
            city?: string;
            description?: string;
            /** @description What the lot cost at first. Needed where the shop caps prices by it. */
            originalPrice?: components["schemas"]["Money"];
            /** @description For the whole lot. At least what a card can be charged. */
            price: components["schemas"]["Money"];
            /**
             * @description How many tickets are sold together. One order takes the lot.
             * @default 1
             */
            quantity: number;
            row?: string;
            /** @description One seat or several, such as 12-13. */
            seat?: string;
            section?: string;
            /**
             * Format: date-time
             * @description When the event starts (RFC 3339). In the future, and within ten years, when it is given anew.
             */
            startsAt?: string;
            /**
             * @description The IANA zone of the venue, by which startsAt is shown. UTC when absent.
             * @example Europe/Berlin
             */
            timeZone?: string;
            title: string;
            venue?: string;
        };
        Order: {
            /**
             * Format: date-time
             * @description Since when there is a payment of it. Absent where none has been begun.
             */
            awaitingSince?: string;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description By when it has to be paid.
             */
            expiresAt: string;
            id: string;
            /**
             * @description Of a cancelled order.
             * @enum {string}
             */
            reason?: "buyer" | "expired" | "payment_failed";
            /**
             * @description awaiting:payment says that a payment has been begun. complete and cancelled are final.
             * @enum {string}
             */
            status: "created" | "awaiting:payment" | "complete" | "cancelled";
            /** @description The ticket as it was when it was ordered. */
            ticket: {
                category?: string;
                city?: string;
                currency: components["schemas"]["Currency"];
                id: string;
                price: components["schemas"]["Money"];
                quantity?: number;
                row?: string;
                seat?: string;
                section?: string;
                /** Format: date-time */
                startsAt?: string;
                timeZone?: string;
                title: string;
                venue?: string;
            };
            /** @description The buyer. */
            userId: string;
            /** Format: int64 */
            version: number;
        };
        Payment: {
            amount: components["schemas"]["Money"];
            /** Format: date-time */
            createdAt: string;
            currency: components["schemas"]["Currency"];
            /** @description The card's owner has asked their bank for the money. */
            dispute?: {
                reason?: string;
                /** @description Stripe's word for where it stands. */
                status: string;
            };
            /** @description Why the last card was declined. */
            failure?: {
                code?: string;
                message: string;
            };
            id: string;
            /** @description Where the card's owner consents, while the status is requires_action. */
            nextAction?: {
                /** Format: uri */
                url: string;
            };
            orderId: string;
            /** @description The money on its way back, or back. */
            refund?: {
                /** @enum {string} */
                status: "pending" | "succeeded" | "failed";
            };
            /** @enum {string} */
            status: "created" | "requires_action" | "processing" | "succeeded" | "failed" | "cancelled" | "refund_pending" | "refunded" | "disputed";
            /** Format: date-time */
            updatedAt: string;
            /** Format: int64 */
            version: number;
        };
        /** @description A problem document (RFC 9457) that also carries TicketX's errors. */
        Problem: {
            /** @description The reason, for machines. */
            code?: string;
            /** @description A sentence for people. */
            detail: string;
            errors: {
                /**
                 * @description What is wrong with it, where only the service can know.
                 * @enum {string}
                 */
                code?: "too_small" | "too_large" | "step" | "required";
                /** @description The field or parameter that is wrong. */
                field?: string;
                /** @description The least or the most that it may be, or what it must be a multiple of. */
                limit?: string;
                message: string;
            }[];
            /** @description The caller's order that is in the way. */
            orderId?: string;
            /** @description Finds the request in the log. */
            requestId?: string;
            status: number;
            title: string;
            type: string;
        };
        Ticket: {
            category?: components["schemas"]["Category"];
            city?: string;
            /** Format: date-time */
            createdAt: string;
            currency: components["schemas"]["Currency"];
            description?: string;
            id: string;
            /** @description The order that holds or has bought it. */
            orderId?: string;
            /** @description What the lot cost at first. Needed where the shop caps prices by it. */
            originalPrice?: components["schemas"]["Money"];
            /** @description For the whole lot. At least what a card can be charged. */
            price: components["schemas"]["Money"];
            /** @description What a sold ticket has earned. Only with seller=me. */
            proceeds?: components["schemas"]["Money"];
            /**
             * @description How many tickets are sold together. One order takes the lot.
             * @default 1
             */
            quantity: number;
            row?: string;
            /** @description One seat or several, such as 12-13. */
            seat?: string;
            section?: string;
            /**
             * Format: date-time
             * @description When the event starts (RFC 3339). In the future, and within ten years, when it is given anew.
             */
            startsAt?: string;
            /**
             * @description past is for sale no more because the event has started.
             * @enum {string}
             */
            status: "available" | "reserved" | "sold" | "past" | "withdrawn";
            /**
             * @description The IANA zone of the venue, by which startsAt is shown. UTC when absent.
             * @example Europe/Berlin
             */
            timeZone?: string;
            title: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The seller. */
            userId: string;
            venue?: string;
            /** Format: int64 */
            version: number;
        };
        User: {
            email: string;
            id: string;
        };
    };
    responses: {
        /** @description It is in the wrong state for this. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It belongs to somebody else, or another site's page has asked. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something in the request is wrong; errors names each field. */
        Invalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Idempotency-Key was used with another body. */
        KeyReused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody is signed in. */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something does not answer at the moment. Trying again is right. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A defect of ours, or a request that is none (405, 413). */
        Unexpected: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description From the Link header of the page before. Opaque. */
        Cursor: string;
        /** @description Makes trying again safe (the IETF's Idempotency-Key header): the same key with the same body has the same answer for a day, with another body 422. A key whose first request is still under way is 409. */
        IdempotencyKey: string;
        /** @description How many a page has at most. */
        Limit: number;
    };
    requestBodies: never;
    headers: {
        /** @description Leads to the next page, with rel="next", while there is one (RFC 8288). */
        Link: string;
        /** @description In how many seconds trying again makes sense. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    keySet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            [key: string]: unknown;
                        }[];
                    };
                };
            };
            400: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: components["parameters"]["Limit"];
                /** @description From the Link header of the page before. Opaque. */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"][];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    createOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes trying again safe (the IETF's Idempotency-Key header): the same key with the same body has the same answer for a day, with another body 422. A key whose first request is still under way is 409. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Asks for a shorter reservation than the usual one. */
                    holdSeconds?: number;
                    ticketId: string;
                };
            };
        };
        responses: {
            /** @description Reserved. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Not to be had. code is reserved (by somebody else), reserved_by_you (orderId is the order), sold, withdrawn, past, or key_in_use. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["KeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    showOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Given up. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description It is complete, or a payment is just being made. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    listPayments: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: components["parameters"]["Limit"];
                /** @description From the Link header of the page before. Opaque. */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Payment"][];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    pay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes trying again safe (the IETF's Idempotency-Key header): the same key with the same body has the same answer for a day, with another body 422. A key whose first request is still under way is 409. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    orderId: string;
                    token: string;
                };
            };
        };
        responses: {
            /** @description Paid. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The payment. */
                        id: string;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            /** @description Declined. code is Stripe's, detail a sentence for people. The order stays live until its time; another card can be tried. */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The order can't be paid: it is closed, its time has passed, or a payment is just being made. code is amount_too_small or amount_too_large where no card can be charged what it costs; then nothing was asked of Stripe. It is key_in_use while the first request with the Idempotency-Key is under way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["KeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    showPayment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                orderId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The payment. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Payment"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such order, or nobody has begun to pay for it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    createIntent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes trying again safe (the IETF's Idempotency-Key header): the same key with the same body has the same answer for a day, with another body 422. A key whose first request is still under way is 409. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    orderId: string;
                };
            };
        };
        responses: {
            /** @description What the browser needs to confirm. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: components["schemas"]["Money"];
                        clientSecret: string;
                        currency: components["schemas"]["Currency"];
                        publishableKey: string;
                        /** @description Where the stand-in for Stripe answers browsers, absolute or a path of this origin. Absent with Stripe itself. */
                        standIn?: string;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            /** @description Declined. code is Stripe's, detail a sentence for people. The order stays live until its time; another card can be tried. */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The order can't be paid: it is closed, its time has passed, or a payment is just being made. code is amount_too_small or amount_too_large where no card can be charged what it costs; then nothing was asked of Stripe. It is key_in_use while the first request with the Idempotency-Key is under way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["KeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    stripeWebhook: {
        parameters: {
            query?: never;
            header: {
                "Stripe-Signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Taken in, or of a type that nobody here needs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    listTickets: {
        parameters: {
            query?: {
                /** @description Words of title, venue, city and category. Each must begin a word of the ticket; case and accents do not count. The best match comes first. What has something in it, and neither a letter nor a digit, is 400. */
                q?: string;
                /** @description In major units, inclusive. */
                minPrice?: number;
                maxPrice?: number;
                /** @description The event starts at this moment (RFC 3339) or on this day (YYYY-MM-DD, where the event is) or later. Tickets without a date are left out. */
                from?: string;
                /** @description The event starts at this moment or on this day, or earlier. */
                to?: string;
                /** @description As the facets name it; case and accents do not count. */
                city?: string;
                category?: components["schemas"]["Category"];
                /** @description The default is available, and all with seller=me. */
                status?: "available" | "reserved" | "sold" | "past" | "withdrawn" | "all";
                /** @description One's own tickets, in every status, with what they earned. Needs a session. */
                seller?: "me";
                /** @description The default is relevance with q, and newest without. */
                sort?: "newest" | "date" | "price" | "-price" | "relevance";
                /** @description How many a page has at most. */
                limit?: components["parameters"]["Limit"];
                /** @description From the Link header of the page before. Opaque. */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    ETag?: string;
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"][];
                };
            };
            /** @description Nothing has changed since If-None-Match. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    createTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes trying again safe (the IETF's Idempotency-Key header): the same key with the same body has the same answer for a day, with another body 422. A key whose first request is still under way is 409. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Offer"];
            };
        };
        responses: {
            /** @description Listed. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            /** @description code is key_in_use: the first request with the Idempotency-Key is under way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["KeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    showTicket: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ticket. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            /** @description Nothing has changed since If-None-Match. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    editTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Offer"];
            };
        };
        responses: {
            /** @description Changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    withdrawTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Withdrawn. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    ticketFacets: {
        parameters: {
            query?: {
                /** @description Words of title, venue, city and category. Each must begin a word of the ticket; case and accents do not count. The best match comes first. What has something in it, and neither a letter nor a digit, is 400. */
                q?: string;
                /** @description In major units, inclusive. */
                minPrice?: number;
                maxPrice?: number;
                /** @description The event starts at this moment (RFC 3339) or on this day (YYYY-MM-DD, where the event is) or later. Tickets without a date are left out. */
                from?: string;
                /** @description The event starts at this moment or on this day, or earlier. */
                to?: string;
                /** @description As the facets name it; case and accents do not count. */
                city?: string;
                category?: components["schemas"]["Category"];
                /** @description The default is available, and all with seller=me. */
                status?: "available" | "reserved" | "sold" | "past" | "withdrawn" | "all";
                /** @description One's own tickets, in every status, with what they earned. Needs a session. */
                seller?: "me";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Facets"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    ticketStream: {
        parameters: {
            query?: {
                /** @description Only these tickets; up to 100. */
                id?: string[];
            };
            header?: {
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    currentUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account, or null. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        currentUser: components["schemas"]["User"] | null;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    refreshSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Renewed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The account, signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
    signUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The account, signed in. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Unexpected"];
        };
    };
}
