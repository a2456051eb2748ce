"""What is printed: the certificate (志愿服务证明) and one's own record. Pure: rows in, bytes out, words in Chinese.

They are official Chinese papers whatever language a page is read in.
"""

from pathlib import Path

HERE = Path(__file__).parent
