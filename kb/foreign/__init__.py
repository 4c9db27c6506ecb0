"""Reading what other systems export (Confluence, SharePoint, ServiceNow, Word) as Markdown. Knows no Django."""
