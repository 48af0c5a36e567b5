"""Foreign text in LaTeX: every character that means something there is only itself."""

SPECIAL = {
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "±": r"$\pm$",
}  # fmt: skip


def latex_text(text: str) -> str:
    """Text that LaTeX prints as it reads."""
    return "".join(SPECIAL.get(char, char) for char in text)
