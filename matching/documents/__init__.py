"""Writing Word, Excel and PDF files: pure, knows no table and no room; what stands in them is handed in."""
