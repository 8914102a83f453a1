module ticketx/test

go 1.26.4

require (
	github.com/google/uuid v1.6.0
	github.com/stretchr/testify v1.12.1
	ticketx/dev v0.0.0
)

require go.yaml.in/yaml/v3 v3.0.6 // indirect

replace (
	ticketx/dev => ../dev
	ticketx/kit => ../kit
)
