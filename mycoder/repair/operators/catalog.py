"""All operators. A new one is a file beside this and a line here."""

from mycoder.repair.operators.arguments import Arguments
from mycoder.repair.operators.arithmetic import Arithmetic
from mycoder.repair.operators.attribute import Attribute
from mycoder.repair.operators.boolean import Boolean
from mycoder.repair.operators.borrowed_condition import BorrowedCondition
from mycoder.repair.operators.borrowed_guard import BorrowedGuard
from mycoder.repair.operators.borrowed_statement import BorrowedStatement
from mycoder.repair.operators.bounds import Bounds
from mycoder.repair.operators.call import Call
from mycoder.repair.operators.call_at_hand import CallAtHand
from mycoder.repair.operators.comparison import Comparison
from mycoder.repair.operators.condition import Condition
from mycoder.repair.operators.constant import Constant
from mycoder.repair.operators.contrasted import Contrasted
from mycoder.repair.operators.counterpart import Counterpart
from mycoder.repair.operators.early_exit import EarlyExit
from mycoder.repair.operators.emission import Emission
from mycoder.repair.operators.exceptions import Exceptions
from mycoder.repair.operators.exchange import Exchange
from mycoder.repair.operators.expression import Expression
from mycoder.repair.operators.fallback import Fallback
from mycoder.repair.operators.filling import Filling
from mycoder.repair.operators.formats import Formats
from mycoder.repair.operators.grouping import Grouping
from mycoder.repair.operators.guard import Guard
from mycoder.repair.operators.loop import Loop
from mycoder.repair.operators.loop_state import LoopState
from mycoder.repair.operators.method_above import MethodAbove
from mycoder.repair.operators.misspelt import Misspelt
from mycoder.repair.operators.name import Name
from mycoder.repair.operators.neighbour import Neighbour
from mycoder.repair.operators.off_by_one import OffByOne
from mycoder.repair.operators.omitted_argument import OmittedArgument
from mycoder.repair.operators.operand import Operand
from mycoder.repair.operators.operator import Operator
from mycoder.repair.operators.otherwise import Otherwise
from mycoder.repair.operators.parallel import Parallel
from mycoder.repair.operators.pattern import Pattern
from mycoder.repair.operators.piece import Piece
from mycoder.repair.operators.refusal import Refusal
from mycoder.repair.operators.result import Result
from mycoder.repair.operators.resynthesis import Resynthesis
from mycoder.repair.operators.same_attribute import SameAttribute
from mycoder.repair.operators.separator import Separator
from mycoder.repair.operators.slices import Slices
from mycoder.repair.operators.statement import Statement
from mycoder.repair.operators.target import Target
from mycoder.repair.operators.unchanged import Unchanged
from mycoder.repair.operators.undefined import Undefined
from mycoder.repair.operators.unset_member import UnsetMember
from mycoder.repair.operators.unused import Unused
from mycoder.repair.operators.usual_words import UsualWords
from mycoder.repair.operators.wrap import Wrap
from mycoder.repair.operators.yielding import Yielding

EVIDENT: tuple[Operator, ...] = (Contrasted(), Misspelt(), Undefined(), UnsetMember())
"""Those that propose only what the text itself gives a reason for, wherever it stands."""
OPERATORS: tuple[Operator, ...] = (
    *EVIDENT,
    Constant(),
    Comparison(),
    Arithmetic(),
    Boolean(),
    OffByOne(),
    Name(),
    Attribute(),
    Arguments(),
    Operand(),
    Slices(),
    Wrap(),
    Call(),
    Loop(),
    Exceptions(),
    Statement(),
    Condition(),
    Target(),
    Expression(),
    Guard(),
    Resynthesis(),
    Otherwise(),
    Separator(),
    Unused(),
    Result(),
    BorrowedCondition(),
    BorrowedStatement(),
    BorrowedGuard(),
    Filling(),
    Unchanged(),
    Emission(),
    EarlyExit(),
    Yielding(),
    MethodAbove(),
    Counterpart(),
    CallAtHand(),
    Refusal(),
    OmittedArgument(),
    Fallback(),
    UsualWords(),
    Piece(),
    Pattern(),
    Formats(),
    SameAttribute(),
    Grouping(),
    Bounds(),
    Parallel(),
    LoopState(),
    Neighbour(),
    Exchange(),
)
