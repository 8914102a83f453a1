package standin

import "slices"

// conduct is what a card does when it is charged, and afterwards. The zero
// conduct is paid at once, and that is all.
type conduct struct {
	decline       *decline
	authenticates bool // its owner is asked first, on the page of 3-D Secure
	processes     bool // it takes time until it is paid, or declined
	refund        refundCourse
	dispute       *disputeCourse
}

// decline is how a charge of a card ends that is not paid.
type decline struct {
	code        string
	declineCode string
	param       string
	message     string
}

// refundCourse is how a refund begins, and how it goes on after a while.
type refundCourse struct {
	begins string // empty: it has succeeded
	ends   string // empty: as it has begun
}

// disputeCourse is how a charge is disputed.
type disputeCourse struct {
	reason  string
	inquiry bool // the bank asks first; no money moves
}

// testCard is one of the cards of https://docs.stripe.com/testing, or one of
// the stand-in's own, whose names begin with standin_. As at Stripe, its number
// decides what a charge does: brand and last four digits tell all of them apart.
type testCard struct {
	names   []string // without the tok_ or pm_card_ before them
	brand   string
	last4   string
	funding string
	does    conduct
}

const cardDeclined = "Your card was declined."

// The codes and messages are those that Stripe's test mode gives.
var (
	genericDecline = &decline{codeCardDeclined, "generic_decline", "", cardDeclined}
	noFunds        = &decline{codeCardDeclined, "insufficient_funds", "", "Your card has insufficient funds."}
)

var testCards = slices.Concat(paying, declining, authenticating, disputing)

var paying = []testCard{
	{[]string{"visa", "us"}, "visa", "4242", "credit", conduct{}},
	{[]string{"visa_debit"}, "visa", "5556", "debit", conduct{}},
	{[]string{"mastercard"}, "mastercard", "4444", "credit", conduct{}},
	{[]string{"mastercard_debit"}, "mastercard", "8210", "debit", conduct{}},
	{[]string{"mastercard_prepaid"}, "mastercard", "5100", "prepaid", conduct{}},
	{[]string{"amex"}, "amex", "8431", "credit", conduct{}},
	{[]string{"discover"}, "discover", "1117", "credit", conduct{}},
	{[]string{"diners"}, "diners", "0004", "credit", conduct{}},
	{[]string{"jcb"}, "jcb", "0505", "credit", conduct{}},
	{[]string{"unionpay"}, "unionpay", "0005", "credit", conduct{}},
	{[]string{"bypassPending"}, "visa", "0077", "credit", conduct{}},
	{[]string{"standin_processing"}, "visa", "9001", "credit", conduct{processes: true}},
	{[]string{"standin_processingDeclined"}, "visa", "9002", "credit", conduct{processes: true, decline: genericDecline}},
}

var declining = []testCard{
	declined("0002", genericDecline, "chargeDeclined"),
	declined("9995", noFunds, "chargeDeclinedInsufficientFunds"),
	declined("9987", &decline{codeCardDeclined, "lost_card", "", cardDeclined}, "chargeDeclinedLostCard"),
	declined("9979", &decline{codeCardDeclined, "stolen_card", "", cardDeclined}, "chargeDeclinedStolenCard"),
	declined("0019", &decline{codeCardDeclined, "fraudulent", "", cardDeclined}, "chargeDeclinedFraudulent", "radarBlock"),
	declined("6975", &decline{
		codeCardDeclined, "card_velocity_exceeded", "",
		"Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
	}, "chargeDeclinedVelocityLimitExceeded"),
	declined("0341", genericDecline, "chargeCustomerFail"),
	declined("0069", &decline{codeExpiredCard, codeExpiredCard, "exp_month", "Your card has expired."}, "chargeDeclinedExpiredCard"),
	declined("0127", &decline{codeIncorrectCVC, codeIncorrectCVC, "cvc", "Your card's security code is incorrect."}, "chargeDeclinedIncorrectCvc"),
	declined("0119", &decline{
		codeProcessingError, codeProcessingError, "",
		"An error occurred while processing your card. Try again in a little bit.",
	}, "chargeDeclinedProcessingError"),
}

// declined has both spellings that Stripe publishes: tok_chargeDeclined and
// tok_visa_chargeDeclined.
func declined(last4 string, d *decline, names ...string) testCard {
	for _, n := range names {
		names = append(names, "visa_"+n)
	}
	return testCard{names, "visa", last4, "credit", conduct{decline: d}}
}

// Whether 3-D Secure is wanted is for the bank and for the account's rules to
// say. The rules here are those that an account begins with: what requires it
// gets it, what only supports it does not.
var authenticating = []testCard{
	{[]string{"authenticationRequired"}, "visa", "3184", "credit", conduct{authenticates: true}},
	{[]string{"authenticationRequiredOnSetup"}, "visa", "3155", "credit", conduct{authenticates: true}},
	{[]string{"authenticationRequiredSetupForOffSession"}, "visa", "0446", "credit", conduct{authenticates: true}},
	{
		[]string{"authenticationRequiredChargeDeclinedInsufficientFunds"},
		"visa", "3178", "credit",
		conduct{authenticates: true, decline: noFunds},
	},
	{[]string{"threeDSecure2Required"}, "visa", "3220", "credit", conduct{authenticates: true}},
	{[]string{"threeDSecureRequired"}, "visa", "3063", "credit", conduct{authenticates: true}},
	{
		[]string{"threeDSecureRequiredChargeDeclined"},
		"visa", "1629", "credit",
		conduct{authenticates: true, decline: genericDecline},
	},
	// Here the bank can't be asked at all, which ends in a decline.
	{[]string{"threeDSecureRequiredProcessingError"}, "visa", "1280", "credit", conduct{decline: genericDecline}},
	{[]string{"threeDSecureOptional"}, "visa", "3055", "credit", conduct{}},
	{[]string{"threeDSecureOptionalProcessingError"}, "visa", "3097", "credit", conduct{}},
	{[]string{"amex_threeDSecureNotSupported"}, "amex", "0005", "credit", conduct{}},
	{
		[]string{"standin_authenticationThenProcessing"},
		"visa", "9003", "credit",
		conduct{authenticates: true, processes: true},
	},
}

// Cards that are paid, and whose money does not stay.
var disputing = []testCard{
	{[]string{"pendingRefund"}, "visa", "7726", "credit", conduct{refund: refundCourse{refundPending, refundSucceeded}}},
	{[]string{"refundFail"}, "visa", "5126", "credit", conduct{refund: refundCourse{refundSucceeded, refundFailed}}},
	{
		[]string{"standin_pendingRefundFail"},
		"visa", "9004", "credit",
		conduct{refund: refundCourse{refundPending, refundFailed}},
	},
	{[]string{"createDispute"}, "visa", "0259", "credit", conduct{dispute: &disputeCourse{reason: "fraudulent"}}},
	{
		[]string{"createDisputeProductNotReceived"},
		"visa", "2685", "credit",
		conduct{dispute: &disputeCourse{reason: "product_not_received"}},
	},
	{
		[]string{"createDisputeInquiry"},
		"visa", "1976", "credit",
		conduct{dispute: &disputeCourse{reason: "fraudulent", inquiry: true}},
	},
}

var (
	cardsByToken  = cardsBy("tok_")     // tok_visa
	cardsByMethod = cardsBy("pm_card_") // pm_card_visa
)

func cardsBy(prefix string) map[string]testCard {
	by := map[string]testCard{}
	for _, c := range testCards {
		for _, n := range c.names {
			by[prefix+n] = c
		}
	}
	return by
}

// conductOf is what the card does.
func conductOf(shown Card) conduct {
	for _, c := range testCards {
		if c.brand == shown.Brand && c.last4 == shown.Last4 {
			return c.does
		}
	}
	return conduct{}
}
