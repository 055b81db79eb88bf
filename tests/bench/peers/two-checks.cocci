// Two intraprocedural checks, as near to pfn-not-online and zone-device-no-ref of mmlint as they come:
// a page of a PFN that is only known to be valid, and a question that nobody's reference covers.

@pfn_not_online exists@
expression pfn;
@@
pfn_valid(pfn)
... when != pfn_to_online_page(pfn)
* pfn_to_page(pfn)

@held exists@
expression page;
position p;
@@
\(get_page(page)\|try_get_page(page)\|get_page_unless_zero(page)\)
... when any
is_zone_device_page@p(page)

@zone_device_no_ref@
expression page;
position p != held.p;
@@
* is_zone_device_page@p(page)
