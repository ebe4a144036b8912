"""Services and Ingresses: their addresses, and which Pods answer for them.

In: a Turn with a Service or an Ingress. Out: an Outcome: its Endpoints and EndpointSlice, as the real controllers write them,
and the address of its load balancer after the chosen delay. A cluster IP is the API server's to give.

Pure: no clock, no request, no chance. Never here: a packet.
"""
